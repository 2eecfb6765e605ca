/** All recordings replayed, counted by provider and dialect, and the page that says so. */
import { expectedFailures } from "./expected.ts"
import { type Recording, recordings } from "./recordings.ts"
import { replay } from "./replay.ts"

export interface Row {
  readonly provider: string
  readonly dialect: string
  readonly streams: number
  readonly wholes: number
  /** Read as replies, equal to the independent reading. */
  readonly passed: number
  /** Recorded failures, told as such. */
  readonly failures: number
  readonly different: number
}

export interface Different {
  readonly name: string
  readonly provider: string
  readonly dialect: string
  readonly differences: ReadonlyArray<string>
}

export interface Tally {
  readonly rows: ReadonlyArray<Row>
  readonly total: Omit<Row, "provider" | "dialect">
  /** How many are no chat or not spoken, by reason. */
  readonly excluded: Readonly<Record<string, number>>
  readonly different: ReadonlyArray<Different>
}

const count = <Item>(items: ReadonlyArray<Item>, is: (item: Item) => boolean): number => items.filter(is).length

const sums = (group: ReadonlyArray<Recording>, wrong: ReadonlySet<string>): Tally["total"] => ({
  streams: count(group, ({ isStream }) => isStream),
  wholes: count(group, ({ isStream }) => !isStream),
  passed: count(group, ({ name }) => !(name in expectedFailures) && !wrong.has(name)),
  failures: count(group, ({ name }) => name in expectedFailures && !wrong.has(name)),
  different: count(group, ({ name }) => wrong.has(name))
})

/** What a row of the page is about. */
export const groupOf = ({ provider, dialect }: Pick<Recording, "provider" | "dialect">): string =>
  `${provider} ${dialect.replace("-stream", "")}`

export const replayAll = async (): Promise<Tally> => {
  const all = recordings()
  const chats = all.filter(({ excluded }) => excluded === undefined)
  const different: Array<Different> = []
  for (const recording of chats) {
    const found = await replay(recording)
    const { name, provider, dialect } = recording
    if (found.length > 0) different.push({ name, provider, dialect, differences: found })
  }
  const wrong = new Set(different.map(({ name }) => name))
  const rows = [...Map.groupBy(chats, groupOf)].toSorted().map(([group, members]) => {
    const [provider = "", dialect = ""] = group.split(" ")
    return { provider, dialect, ...sums(members, wrong) }
  })
  const reasons = Map.groupBy(
    all.flatMap(({ excluded }) => excluded ?? []),
    (reason) => reason
  )
  const excluded = Object.fromEntries([...reasons].map(([reason, group]) => [reason, group.length]))
  return { rows, total: sums(chats, wrong), excluded, different }
}

const heads = ["provider", "dialect", "streams", "wholes", "passed", "failures", "different"] as const

/** Recordings whose differences are shown in full. */
const shownInFull = 10

export const pageOf = ({ rows, total, excluded, different }: Tally): string => {
  const cells = [
    heads,
    ...[...rows, { provider: "total", dialect: "", ...total }].map((row) => heads.map((head) => String(row[head])))
  ]
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
  )
  const left = Object.entries(excluded).map(([reason, amount]) => `not replayed: ${amount}, ${reason}`)
  const wrong = different
    .slice(0, shownInFull)
    .flatMap(({ name, differences }) => ["", name, ...differences.map((line) => `  ${line}`)])
  const more = different.length > shownInFull ? ["", `and ${different.length - shownInFull} more`] : []
  const legend =
    "passed: text, reasoning, calls, usage and finish are what an independent reading gives; failures: recorded ones, told as such"
  return [...lines, "", legend, ...left, ...wrong, ...more].join("\n")
}

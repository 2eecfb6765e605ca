/** What fills a context as lines for people: plain text, aligned, of a bounded length. */
import { join, relative } from "node:path"
import type { ContextPart, ContextUse } from "../../context-use.ts"
import { isInside } from "../../ports/real-path.ts"
import { plainName } from "../../ports/text-file.ts"

/** @param display A path as its user knows it. */
export const contextLines = (use: ContextUse, display: (path: string) => string): ReadonlyArray<string> => {
  const rows = kinds.flatMap(({ kind, head }) =>
    rowsOf(
      head,
      use.parts.filter((part) => part.kind === kind),
      display
    )
  )
  const free = use.window === undefined ? [] : [{ head: "free", name: "", size: about(use.window - use.tokens) }]
  const { leftOut, waiting, notices } = use
  return [
    ...title(use),
    "",
    ...aligned([...rows, ...free]),
    ...listed("Not read:", leftOut, ({ path, reason }) => `${shortened(display(path))}: ${line(reason)}`),
    ...listed("Rules for some files only, read when the agent comes to one:", waiting, ({ path, patterns }) =>
      line(`${shortened(display(path))}: ${patterns.join(", ")}`)
    ),
    ...listed(
      "Note:",
      notices.filter((one) => !leftOut.some(({ path }) => one.startsWith(`${path} was left out`))),
      note
    )
  ]
}

/** As people write it. */
export const belowHome = (path: string, home: string): string =>
  path !== home && isInside(path, home) ? join("~", relative(home, path)) : path

const kinds: ReadonlyArray<{ readonly kind: ContextPart["kind"]; readonly head: string }> = [
  { kind: "prompt", head: "prompt" },
  { kind: "plugin", head: "from plugins" },
  { kind: "file", head: "context files" },
  { kind: "tools", head: "tools" },
  { kind: "messages", head: "messages" }
]

const title = ({ model, tokens, counted, window, compactsAt }: ContextUse): ReadonlyArray<string> => {
  const of = model === "" ? "" : ` of ${line(model)}`
  const share =
    window === undefined
      ? "tokens, of a window that is not known"
      : `of ${short(window)} tokens (${Math.round((100 * tokens) / window)} %)`
  return [
    `Context${of}: ${about(tokens)} ${share}`,
    counted === undefined
      ? "Estimated, at four characters a token: the provider has counted nothing yet."
      : `The provider counted ${counted} with the last request and its reply; the parts are estimates in that sum.`,
    ...(compactsAt === undefined ? [] : [compaction(tokens, compactsAt)])
  ]
}

const compaction = (tokens: number, at: number): string =>
  tokens < at
    ? `The conversation is compacted from ${short(at)} on, in ${about(at - tokens)} tokens.`
    : `The conversation is compacted with the next message: it is beyond ${short(at)}.`

interface Row {
  readonly head: string
  readonly name: string
  readonly size: string
}

/** Rows of one kind; of more the smallest are summed up. */
const mostRows = 20

const rowsOf = (
  head: string,
  parts: ReadonlyArray<ContextPart>,
  display: (path: string) => string
): ReadonlyArray<Row> => {
  if (parts.length === 0) return []
  const large = new Set(parts.toSorted((one, other) => other.tokens - one.tokens).slice(0, mostRows))
  const rest = parts.filter((part) => !large.has(part))
  const sum = rest.reduce((total, { tokens }) => total + tokens, 0)
  const all = parts.reduce((total, { tokens }) => total + tokens, 0)
  return [
    { head, name: "", size: about(all) },
    ...parts.filter((part) => large.has(part)).map((part) => ({ head: "", ...rowOf(part, display) })),
    ...(rest.length === 0 ? [] : [{ head: "", name: `${rest.length} more`, size: about(sum) }])
  ]
}

const rowOf = (part: ContextPart, display: (path: string) => string): Pick<Row, "name" | "size"> => {
  const { kind, name, tokens, count, importedBy, cut } = part
  const shown = shortened(kind === "file" ? display(name) : ((kind === "plugin" ? knownAs[name] : undefined) ?? name))
  const facts = [
    ...(count === undefined ? [] : [String(count)]),
    ...(importedBy === undefined ? [] : [`imported by ${shortened(display(importedBy))}`]),
    ...(cut === true ? ["only its beginning"] : [])
  ]
  return { name: facts.length === 0 ? shown : `${shown} (${facts.join(", ")})`, size: about(tokens) }
}

/** Plugins that stand for a file. */
const knownAs: Readonly<Record<string, string | undefined>> = { soul: "soul: soul.md", identity: "identity: agent.md" }

const aligned = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const head = Math.max(...rows.map((row) => row.head.length))
  const name = Math.max(...rows.map((row) => row.name.length))
  const size = Math.max(...rows.map((row) => row.size.length))
  return rows.map((row) => `${row.head.padEnd(head)}  ${row.name.padEnd(name)}  ${row.size.padStart(size)}`)
}

const listed = <Item>(
  heading: string,
  items: ReadonlyArray<Item>,
  text: (item: Item) => string
): ReadonlyArray<string> => {
  if (items.length === 0) return []
  const more = items.length - mostRows
  return [
    "",
    heading,
    ...items.slice(0, mostRows).map((one) => `  ${text(one)}`),
    ...(more > 0 ? [`  ${more} more`] : [])
  ]
}

const about = (tokens: number): string => `~${short(Math.max(0, tokens))}`

/** `834`, `12.3k`, `1.2M`. */
const short = (count: number): string => {
  if (count < 1000) return String(count)
  const [size, unit] = count < 999_950 ? [count / 1000, "k"] : [count / 1e6, "M"]
  return `${size.toFixed(size < 99.95 ? 1 : 0).replace(/\.0$/, "")}${unit}`
}

/** Of one line; a stranger may have named it. */
const line = (text: string, most = 200): string => {
  const plain = plainName(text)
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`
}

/** A path may be long, and what is said of it comes after it. */
const note = (text: string): string => line(text, 600)

/** Its end says more than its middle. */
const shortened = (text: string): string => {
  const plain = line(text)
  return plain.length <= 60 ? plain : `${plain.slice(0, 19)}…${plain.slice(-40)}`
}

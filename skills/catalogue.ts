/** The skills or agents that a model is told of: a line each with its name and what it is for, bounded in all. */
import type { SkillView } from "../plugins/skills.ts"

type Named = Pick<SkillView, "name" | "description">

/** Characters in all, about 2 000 tokens; of one description at most, and at least while it can be helped. */
const most = { all: 8_000, one: 1_024, least: 60 } as const

export interface Catalogue {
  readonly text: string
  /** How many did not fit. */
  readonly left: number
}

/** Long descriptions are shortened before a skill is left out; those that count less are left out first. */
export const catalogueOf = (skills: ReadonlyArray<Named>, limit: number = most.all): Catalogue => {
  const lengths = skills.map(({ description }) => inLine(description).length)
  const heads = skills.reduce((sum, { name }) => sum + inLine(name).length + "- : \n".length, 0)
  const lines = skills.map(lineWith(fairShare(lengths, limit - heads)))
  let used = 0
  const shown = lines.filter((line) => (used += line.length + 1) <= limit)
  return { text: shown.join("\n"), left: skills.length - shown.length }
}

const lineWith =
  (share: number) =>
  ({ name, description }: Named): string =>
    `- ${inLine(name)}: ${shortened(inLine(description), share)}`

/** As many characters for each that all together fit: short ones leave their rest to the long ones. */
const fairShare = (lengths: ReadonlyArray<number>, room: number): number => {
  let left = room
  const sorted = lengths.toSorted((one, other) => one - other)
  for (const [at, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - at))
    if (length > share) return Math.min(most.one, Math.max(most.least, share))
    left -= length
  }
  return most.one
}

const shortened = (text: string, length: number): string => {
  if (text.length <= length) return text
  const cut = text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")
  const word = cut.lastIndexOf(" ")
  return `${(word > length / 2 ? cut.slice(0, word) : cut).trimEnd()}…`
}

/** A description is a stranger's: it ends where its line ends. */
const inLine = (text: string): string => text.replace(/[\s\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, " ").trim()

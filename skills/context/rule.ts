/** A file of `.claude/rules`: which files it is for, and what it says. */
import { readFrontmatter } from "../frontmatter.ts"

export interface Rule {
  readonly text: string
  /** Globs; absent: it is for all files. */
  readonly patterns?: ReadonlyArray<string>
}

/** Frontmatter that cannot be read counts as none: the rule is for all files then, as Claude Code has it. */
export const readRule = (source: string): Rule => {
  const read = readFrontmatter(source)
  if (typeof read === "string") return { text: source.replace(/^\s*---[ \t]*\n[^]*?\n---[ \t]*(?:\n|$)/, "") }
  const patterns = patternsOf(read.fields.paths)
  return { text: read.body, ...(patterns.length > 0 && { patterns }) }
}

/** A list, or a text with commas that do not stand in braces. */
const patternsOf = (value: unknown): ReadonlyArray<string> => {
  const items: ReadonlyArray<unknown> = Array.isArray(value) ? value : typeof value === "string" ? split(value) : []
  return items.flatMap((one) => (typeof one === "string" && one.trim() !== "" ? [one.trim()] : [])).slice(0, most)
}

const most = 100

/** Characters of them in one text. */
const longest = 4096

const split = (text: string): ReadonlyArray<string> => text.slice(0, longest).match(/(?:\{[^}]*\}|[^,])+/g) ?? []

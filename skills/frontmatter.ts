/**
 * The frontmatter of a Markdown file, read as leniently as people write it: what is no YAML because of a colon or a sign in the
 * middle of a sentence is read with that sentence in quotes.
 */
import { parseDocument } from "yaml"
import { plainYaml } from "./plain-yaml.ts"

export interface Frontmatter {
  /** Scalars are texts as written, whatever YAML may take them for: a version `1.10` stays one. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly body: string
  /** What was wrong and mended, a line each. */
  readonly warnings: ReadonlyArray<string>
  readonly present: boolean
}

/** Characters of it: nobody writes that much, and deep nesting costs time and stack. */
const longest = 65_536

/** @param text Without byte order mark, lines ending in `\n`. @returns why it cannot be read. */
export const readFrontmatter = (text: string): Frontmatter | string => {
  const [start] = /^\s*---[ \t]*(?:\n|$)/.exec(text) ?? []
  if (start === undefined) return { fields: {}, body: text, warnings: [], present: false }
  const rest = text.slice(start.length)
  const end = /(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(rest)
  if (end === null) return "its frontmatter has no end: a line `---` is missing after it"
  if (end.index > longest) return `its frontmatter is longer than ${longest} characters`
  const read = readYaml(`${rest.slice(0, end.index)}\n`)
  if (typeof read === "string") return read
  return { ...read, body: rest.slice(end.index + end[0].length), present: true }
}

/** Strictly: @returns why it is no YAML mapping, if it is none. */
export const strictProblem = (text: string): string | undefined => {
  const [, yaml] = /^---[ \t]*\n([^]*?)^---[ \t]*$/m.exec(text) ?? []
  if (yaml === undefined) return "it does not begin with frontmatter between two lines `---`"
  const read = parse(yaml)
  return typeof read === "string" ? `its frontmatter is no valid YAML: ${read}` : undefined
}

type Read = Pick<Frontmatter, "fields" | "warnings">

const readYaml = (yaml: string): Read | string => {
  const plain = plainYaml(yaml)
  if (plain !== undefined) return { fields: plain, warnings: [] }
  const read = parse(yaml)
  if (typeof read !== "string") return { fields: read, warnings: [] }
  const { mended, keys } = quoted(yaml)
  const again = keys.length === 0 ? read : parse(mended)
  if (typeof again === "string") return `its frontmatter is no valid YAML: ${read}`
  const which = keys.join(", ")
  return {
    fields: again,
    warnings: [`its frontmatter is no valid YAML (${read}); it was read with quotes around ${which}`]
  }
}

/** @returns what is wrong, with the line counted in the file. */
const parse = (yaml: string): Readonly<Record<string, unknown>> | string => {
  try {
    const document = parseDocument(yaml, {
      schema: "failsafe",
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "silent"
    })
    const [error] = document.errors
    if (error !== undefined) return `line ${1 + yaml.slice(0, error.pos[0]).split("\n").length}: ${firstLine(error)}`
    const value: unknown = document.toJS()
    if (value === null || value === "") return {}
    return typeof value === "object" && !Array.isArray(value) ? { ...value } : "it is no list of `key: value`"
  } catch (error) {
    return error instanceof Error ? firstLine(error) : "it cannot be read"
  }
}

const firstLine = ({ message }: Error): string => message.split("\n", 1)[0] ?? ""

/** With quotes around the values that cannot be read as they are. */
const quoted = (yaml: string): { readonly mended: string; readonly keys: ReadonlyArray<string> } => {
  const keys: Array<string> = []
  const parts = yaml.split(/^(?=[A-Za-z][\w-]*:(?:[ \t]|$))/m).map((part) => {
    const [, key = "", value = ""] = /^([A-Za-z][\w-]*):[ \t]+(\S[^]*)$/.exec(part) ?? []
    if (value === "" || /^[|>][\d+-]*[ \t]*\n/.test(value) || typeof parse(part) !== "string") return part
    keys.push(key)
    return `${key}: ${JSON.stringify(bare(value.trim().replace(/\s*\n\s*/g, " ")))}\n`
  })
  return { mended: parts.join(""), keys }
}

/** Without the quotes that were meant to be around it. */
const bare = (value: string): string => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value

/**
 * `allowed-tools` and `disallowed-tools` in all their spellings (a list, words with blanks or commas between them, patterns in
 * parentheses) as permission rules of ours.
 */
import { ourRules } from "../plugins/foreign-tools.ts"

export interface Allowed {
  /** Absent: nothing was said, or of what is allowed, everything. */
  readonly rules?: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/** Puts the places that a text may name into a pattern. */
type Fill = (pattern: string) => string

/** @param field What it is called, for the warnings. */
export const allowedTools = (value: unknown, fill: Fill, field = "allowed-tools"): Allowed => {
  const entries = entriesOf(value)
  if (entries === "unclear") return { rules: [], warnings: [`${field} is no text and no list: it allows nothing`] }
  if (entries.length === 0 || entries.includes("*")) return { warnings: [] }
  const { rules, unread } = rulesOf(entries, fill)
  return { rules, warnings: unread.map((entry) => `${field}: ${entry} cannot be read and allows nothing`) }
}

/** `disallowed-tools`, written the same way. What cannot be read takes everything away: it was meant to take something. */
export const withheldTools = (value: unknown, fill: Fill, field = "disallowed-tools"): Allowed => {
  const entries = entriesOf(value)
  if (entries === "unclear")
    return { rules: ["*"], warnings: [`${field} is no text and no list: it takes away every tool`] }
  if (entries.length === 0) return { warnings: [] }
  const { rules, unread } = rulesOf(entries, fill)
  return {
    rules: unread.length === 0 ? rules : ["*"],
    warnings: unread.map((entry) => `${field}: ${entry} cannot be read, so every tool is taken away`)
  }
}

const entriesOf = (value: unknown): ReadonlyArray<string> | "unclear" => {
  if (value === undefined) return []
  const texts = Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : undefined
  return texts === undefined ? "unclear" : texts.flatMap(split)
}

const rulesOf = (entries: ReadonlyArray<string>, fill: Fill) => {
  const read = entries.map((entry) => [entry, ourRules(entry, fill)] as const)
  return {
    rules: [...new Set(read.flatMap(([, rules]) => rules))],
    unread: read.flatMap(([entry, rules]) => (rules.length === 0 ? [JSON.stringify(entry)] : []))
  }
}

/** At blanks and commas outside of parentheses and quotes. */
const split = (text: string): ReadonlyArray<string> => {
  const entries: Array<string> = []
  let entry = ""
  let depth = 0
  for (const character of text.replace(/^\s*\[([^]*)\]\s*$/, "$1").replace(/([\w*])\s+\(/g, "$1(")) {
    if (character === "(") depth++
    if (character === ")") depth--
    if (depth <= 0 && /[\s,]/.test(character)) {
      entries.push(entry)
      entry = ""
    } else entry += character
  }
  return [...entries, entry].map((one) => one.replace(/^(["'])(.*)\1$/, "$2")).filter((one) => one !== "")
}

/**
 * The YAML that nearly all frontmatter is written in, read at a glance: `key: plain words`, quoted words without escapes, lists
 * and maps of such words, block texts without anything odd. Whatever is not surely this is left to a real YAML parser, which takes
 * ten times as long when it has not run before: at the start of a session 200 skills are read.
 */

/** A text, or texts in a list or by name. */
export type Plain = string | ReadonlyArray<string> | Readonly<Record<string, string>>

/** Begins with a letter, digit or mark that means nothing; no `: `, no ` #`, no colon or blank at the end. */
const words = String.raw`[A-Za-z0-9(/.$](?:[^:#]|:(?=\S)|(?<=\S)#)*(?<![\s:])`
const value = String.raw`(?:(${words})|"([^"\\]*)"|'([^']*)')`
const entry = new RegExp(`^([A-Za-z][\\w-]*): +${value}$`)
const inner = new RegExp(`^ +([A-Za-z][\\w-]*): +${value}$`)
const item = new RegExp(`^ *- +${value}$`)
const more = new RegExp(`^ +(${words})$`)
const header = /^([A-Za-z][\w-]*):(?: ([|>])(-?))?$/

/** Control characters, and what is a line's end for some and none for others. */
const odd = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]/

/** @returns `undefined` for what a real parser has to read: all scalars as texts, as YAML's failsafe schema has them. */
export const plainYaml = (text: string): Readonly<Record<string, Plain>> | undefined => {
  if (odd.test(text)) return undefined
  const fields: Record<string, Plain> = {}
  const lines = text.replace(/\n$/, "").split("\n")
  let at = 0
  while (at < lines.length) {
    let end = at + 1
    while (end < lines.length && /^(?: |- )/.test(lines[end] ?? "")) end++
    const read = readEntry(lines[at] ?? "", lines.slice(at + 1, end))
    if (read === undefined || Object.hasOwn(fields, read[0])) return undefined
    fields[read[0]] = read[1]
    at = end
  }
  return fields
}

const readEntry = (line: string, below: ReadonlyArray<string>): readonly [string, Plain] | undefined => {
  const told = entry.exec(line)
  if (told !== null) {
    const [, key = "", plain] = told
    if (below.length === 0) return [key, scalarOf(told)]
    const rest = below.map((one) => more.exec(one)?.[1])
    return plain === undefined || rest.includes(undefined) ? undefined : [key, [plain, ...rest].join(" ")]
  }
  const [found, key = "", style, chomp] = header.exec(line) ?? []
  if (found === undefined || below.length === 0) return undefined
  const read = style === undefined ? collection(below) : block(below, style === "|" ? "\n" : " ")
  return read === undefined ? undefined : [key, typeof read === "string" && chomp === "" ? `${read}\n` : read]
}

const scalarOf = ([, , plain, double, single]: RegExpExecArray): string => plain ?? double ?? single ?? ""

const indentOf = (line: string): number => line.search(/[^ ]/)

/** Lines that are all indented alike and end in no blank. */
const block = (lines: ReadonlyArray<string>, joint: string): string | undefined => {
  const indent = indentOf(lines[0] ?? "")
  const even = indent > 0 && lines.every((line) => indentOf(line) === indent && !line.endsWith(" "))
  return even ? lines.map((line) => line.slice(indent)).join(joint) : undefined
}

const collection = (lines: ReadonlyArray<string>): Plain | undefined => {
  const indent = indentOf(lines[0] ?? "")
  if (lines.some((line) => indentOf(line) !== indent)) return undefined
  const items = lines.map((line) => item.exec(line))
  if (items.every((one) => one !== null)) return items.map((one) => one[1] ?? one[2] ?? one[3] ?? "")
  const fields = lines.map((line) => inner.exec(line))
  if (!fields.every((one) => one !== null)) return undefined
  const names = fields.map(([, name = ""]) => name)
  if (new Set(names).size < names.length) return undefined
  return Object.fromEntries(fields.map((one, at) => [names[at] ?? "", scalarOf(one)]))
}

/** Single values of frontmatter: texts, answers to yes and no, names and what is typed for them. */
import { basename } from "node:path"
import { firstParagraph } from "./first-paragraph.ts"

/** In one line, without control characters; empty for what is no text. */
export const textOf = (value: unknown): string => {
  const text =
    typeof value === "string" ? value.replace(/[\s\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, " ").trim() : ""
  return text === "~" || text === "null" ? "" : text
}

/** `undefined` when nothing is said. */
export const yesOrNo = (value: unknown): boolean | "unclear" | undefined => {
  if (value === undefined || (typeof value === "string" && textOf(value) === "")) return undefined
  const text = textOf(value).toLowerCase()
  if (/^(?:true|yes|on|1)$/.test(text)) return true
  return /^(?:false|no|off|0)$/.test(text) ? false : "unclear"
}

/** Characters of a name: what the specification allows, and what is cut. */
const longest = { allowed: 64, cut: 128 } as const

/** As the specification wants it, in any script that has small letters or none. */
export const isSpecName = (name: string): boolean =>
  /^[a-z\d]+(?:-[a-z\d]+)*$/.test(name) ||
  // Looked at last: classes of all scripts take ten milliseconds when they are first used.
  /^[\p{Ll}\p{Lo}\p{N}]+(?:-[\p{Ll}\p{Lo}\p{N}]+)*$/u.test(name.normalize("NFKC"))

/** @param folder What its folder is called. */
export const nameOf = (
  value: unknown,
  folder: string
): { readonly name: string; readonly warnings: ReadonlyArray<string> } => {
  const written = textOf(value)
  if (written === "")
    return {
      name: textOf(folder) || "skill",
      warnings: value === undefined ? [] : ["its name is no text: it is its folder's"]
    }
  const name = written.slice(0, longest.cut)
  const warnings = [
    ...(name === folder ? [] : [`its name ${JSON.stringify(name)} is not its folder's, ${JSON.stringify(folder)}`]),
    ...(isSpecName(name) ? [] : ["its name is not only small letters, digits and single hyphens"]),
    ...(written.length > longest.allowed ? [`its name is longer than ${longest.allowed} characters`] : [])
  ]
  return { name, warnings }
}

/** What is typed: small letters of any script, digits, `-` and `_`. */
export const commandOf = (name: string, folder: string): string => slug(name) || slug(basename(folder)) || "skill"

const slug = (text: string): string =>
  /^[a-z\d]+(?:[-_][a-z\d]+)*$/.test(text) && text.length <= longest.allowed ? text : slugOf(text)

const slugOf = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, "-")
    .slice(0, longest.allowed)
    .replace(/^-+|-+$/g, "")

/** Value of a field, whether it is written `allowed-tools`, `allowed_tools` or `allowedTools`. */
export type Field = (name: string) => unknown

export const fieldsOf = (fields: Readonly<Record<string, unknown>>): Field => {
  const alike = new Map(
    Object.entries(fields).map(([key, value]) => [
      key
        .replace(/([a-z])([A-Z])/g, "$1-$2")
        .replaceAll("_", "-")
        .toLowerCase(),
      value
    ])
  )
  return (name) => (Object.hasOwn(fields, name) ? fields[name] : alike.get(name))
}

export interface Words {
  readonly text: string
  readonly warnings: ReadonlyArray<string>
}

/** Characters of a description that the specification allows. */
const longestDescription = 1024

/** @param present Whether there is frontmatter that could say it. */
export const descriptionOf = (field: Field, body: string, present: boolean): Words | undefined => {
  const written = textOf(field("description"))
  if (written === "") {
    const text = firstParagraph(body)
    const warnings = present ? ["it has no description: its first paragraph stands in"] : []
    return text === "" ? undefined : { text, warnings }
  }
  const also = textOf(field("when-to-use"))
  const warnings =
    written.length > longestDescription
      ? [`its description has ${written.length} characters, and not at most ${longestDescription}`]
      : []
  return { text: also === "" ? written : `${written} ${also}`, warnings }
}

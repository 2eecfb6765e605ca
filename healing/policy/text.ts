/** What a repair may not write: comments, invisible characters, look-alike names, texts that order, address or command. */
import { diffLines } from "diff"
import { count, countOf, type Rule, surplus } from "./rule.ts"
import { text, type View } from "./tree.ts"

/** Lines that one repair may change. */
export const mostLines = 20

/** Changed lines: of each place the larger of what went and what came. */
export const changedLines = (before: string, after: string): number => {
  let [total, removed, added] = [0, 0, 0]
  for (const part of diffLines(before, after)) {
    if (part.added) added += part.count ?? 0
    else if (part.removed) removed += part.count ?? 0
    else {
      total += Math.max(removed, added)
      removed = added = 0
    }
  }
  return total + Math.max(removed, added)
}

export const length: Rule = ({ before, after }) => {
  const lines = changedLines(before.source, after.source)
  return lines > mostLines ? [`changes ${lines} lines, and ${mostLines} are allowed`] : []
}

/** Comments never matter to what is judged, so a repair has no use for them; and some switch checks off. */
export const comments: Rule = ({ before, after }) =>
  surplus(count(after.comments), count(before.comments)).length > 0 ? ["adds or changes a comment"] : []

/** Formats, fillers, variation selectors and tags: what shows nothing, or turns the text about. */
const invisible = /\p{Cf}|\p{Default_Ignorable_Code_Point}|[\u2028\u2029]/gu

export const characters: Rule = ({ before, after }) => {
  const hidden = surplus(count(after.source.match(invisible) ?? []), count(before.source.match(invisible) ?? []))
  const known = new Set(namesIn(before))
  const foreign = namesIn(after).filter((name) => /[^\x20-\x7e]/.test(name) && !known.has(name))
  return [
    ...(hidden.length > 0 ? ["adds characters that cannot be seen"] : []),
    ...(foreign.length > 0 ? [`adds the name ${JSON.stringify(foreign[0])}, which may look like another`] : [])
  ]
}

const namesIn = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap(({ node }) => (/^(Identifier|PrivateName|JSXIdentifier)$/.test(node.type) ? [text(node, "name")] : []))

/** Texts of a file, of literals and of templates. */
export const stringsIn = ({ places }: View): ReadonlyArray<string> =>
  places.flatMap(({ node, parent }) => {
    if (node.type === "StringLiteral" || node.type === "DirectiveLiteral")
      return /^(Import|Export)\w*Declaration$/.test(parent?.node.type ?? "") ? [] : [text(node, "value")]
    return node.type === "TemplateElement" ? [templateText(node)] : []
  })

const templateText = (node: object): string => {
  const value: unknown = Object.getOwnPropertyDescriptor(node, "value")?.value
  return typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : ""
}

const orders =
  /\b(ignore|disregard|forget|override)\b.{0,40}\b(previous|above|prior|instruction|rule|policy)|\b(system|assistant|developer)\s*:|<\/?(system|instruction)|\byou (are|must|should) (now|an?|approve|run|call)|\b(approve|accept)\b.{0,20}\b(patch|repair|candidate|change)/i
const address = /\b(https?|wss?|ftp|file|data|javascript|vbscript|blob):(\/\/|[^\s])|\b\d{1,3}(\.\d{1,3}){3}\b/i
const command =
  /(^|[\s;&|`(])(rm|curl|wget|bash|sh|zsh|sudo|chmod|chown|node|npm|npx|nc|ssh|scp|python3?|perl|powershell|kill|dd|mkfs|eval|env|printenv|cat|tee|base64)\s+[-\w./~$"']|\$\(|(^|[^&])&&\s|\/etc\/|~\/\.|\.ssh\b|\.env\b/
const keys = /^(__proto__|prototype|constructor|__defineGetter__|__defineSetter__|__lookupGetter__|mainModule)$/

export const strings: Rule = ({ before, after }) =>
  surplus(count(stringsIn(after)), count(stringsIn(before))).flatMap((added) => {
    const shown = JSON.stringify(added.slice(0, 40))
    if (orders.test(added)) return [`adds a text that gives orders: ${shown}`]
    if (address.test(added)) return [`adds an address: ${shown}`]
    if (command.test(added)) return [`adds what reads as a command or a private path: ${shown}`]
    if (keys.test(added)) return [`adds the key ${shown}`]
    return added.length > 200 ? ["adds a text of more than 200 characters"] : []
  })

/** Types that are switched off, in the code itself; what comments switch off is a comment. */
export const types: Rule = ({ before, after }) => {
  const isAny = ({ node }: { readonly node: { readonly type: string } }) => node.type === "TSAnyKeyword"
  return countOf(after, isAny) > countOf(before, isAny) ? ["switches type checks off with any"] : []
}

/**
 * Changes one key in the text of a YAML file and touches nothing else. What comes out are candidates: whoever uses one has
 * to see that it says what was meant, for a file can be written in more ways than are looked for here.
 */
import { Document, isCollection, isMap, isNode, isScalar, stringify, YAMLMap, type Pair } from "yaml"

type Parts = ReadonlyArray<string>

const inline = { lineWidth: 0, collectionStyle: "flow" } as const

/** The text with a value at a path, `document` being what the text says now. */
export const setInText = (text: string, document: Document.Parsed, parts: Parts, data: unknown): Parts => {
  const spellings = [stringify(data, inline).trimEnd(), JSON.stringify(data)]
  const pair = pairAt(document, parts)
  if (pair !== undefined) return spellings.map((spelling) => replaced(text, pair, spelling))
  let depth = parts.length - 1
  while (depth > 0 && !isMap(document.getIn(parts.slice(0, depth), true))) depth--
  const map = mapAt(document, parts.slice(0, depth))
  if (map === undefined) return document.contents === null ? [appended(text, nest(parts, data))] : []
  return map.flow === true
    ? spellings.map((spelling) => insertedInFlow(text, map, parts.slice(depth), spelling))
    : insertedInBlock(text, map, nest(parts.slice(depth), data))
}

/** The text without a key: in a block without its lines, when nothing else stands on them. */
export const cutFromText = (text: string, document: Document.Parsed, parts: Parts): Parts => {
  const map = mapAt(document, parts.slice(0, -1))
  const pair = pairAt(document, parts)
  if (map === undefined || pair === undefined) return []
  const [start, end] = rangeOf(pair)
  if (map.flow === true) return [cutFromFlow(text, map, map.items.indexOf(pair))]
  const from = text.lastIndexOf("\n", start - 1) + 1
  const to = endsItsLine(text, end) ? end : Math.min(endOfLine(text, end) + 1, text.length)
  return text.slice(from, start).trim() === "" ? [text.slice(0, from) + text.slice(to)] : []
}

const mapAt = (document: Document.Parsed, parts: Parts): YAMLMap<unknown, unknown> | undefined => {
  const node: unknown = parts.length === 0 ? document.contents : document.getIn(parts, true)
  return isMap(node) ? node : undefined
}

const pairAt = (document: Document.Parsed, parts: Parts): Pair | undefined =>
  mapAt(document, parts.slice(0, -1))?.items.find(({ key }) => isScalar(key) && String(key.value) === parts.at(-1))

/** From the start of a key to the end of its value. */
const rangeOf = (pair: Pair): readonly [number, number] => {
  const [start, keyEnd] = (isNode(pair.key) ? pair.key.range : undefined) ?? [0, 0]
  const end = isNode(pair.value) ? pair.value.range?.[1] : undefined
  return [start, end ?? keyEnd]
}

const endOfLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset)
  return end === -1 ? text.length : end
}

/** A nested value ends behind its last line, any other before the end of its own. */
const endsItsLine = (text: string, end: number): boolean => text[end - 1] === "\n"

const replaced = (text: string, pair: Pair, spelling: string): string => {
  const [, end] = rangeOf(pair)
  const value = isNode(pair.value) ? pair.value : undefined
  const [, keyEnd] = (isNode(pair.key) ? pair.key.range : undefined) ?? [0, 0]
  const behindKey = `${text.slice(0, keyEnd)}: ${spelling}`
  if (value?.range == null || value.range[0] === end) return behindKey + text.slice(keyEnd).replace(/^\s*:/, "")
  const rest = (endsItsLine(text, end) ? "\n" : "") + text.slice(end)
  return isCollection(value) && value.flow !== true ? behindKey + rest : text.slice(0, value.range[0]) + spelling + rest
}

const appended = (text: string, block: string): string => (text.trim() === "" ? text : `${text.trimEnd()}\n\n`) + block

/** Sections in lines of their own, the value in one line. */
const nest = (parts: Parts, data: unknown): string => {
  const leaf = new YAMLMap()
  leaf.add(new Document().createPair(parts.at(-1), data, { flow: true }))
  return stringify(
    parts.slice(0, -1).reduceRight<unknown>((inner, part) => ({ [part]: inner }), leaf),
    { lineWidth: 0 }
  )
}

/** After the last key of the section, at the column of its first. */
const insertedInBlock = (text: string, map: YAMLMap<unknown, unknown>, block: string): Parts => {
  const [first, last] = [map.items[0], map.items.at(-1)]
  if (first === undefined || last === undefined) return []
  const [start] = rangeOf(first)
  const indent = text.slice(text.lastIndexOf("\n", start - 1) + 1, start)
  if (indent.trim() !== "") return []
  const lines = block
    .trimEnd()
    .split("\n")
    .map((line) => indent + line)
    .join("\n")
  const [, end] = rangeOf(last)
  const at = endsItsLine(text, end) ? end - 1 : endOfLine(text, end)
  return [`${text.slice(0, at)}\n${lines}${text.slice(at) || "\n"}`]
}

const insertedInFlow = (text: string, map: YAMLMap<unknown, unknown>, parts: Parts, spelling: string): string => {
  const entry = parts.reduceRight(
    (inner, part, at) => `${part}: ${at === parts.length - 1 ? inner : `{ ${inner} }`}`,
    spelling
  )
  const last = map.items.at(-1)
  if (last === undefined) {
    const [start, end] = map.range ?? [0, 0]
    return `${text.slice(0, start)}{ ${entry} }${text.slice(end)}`
  }
  const [, end] = rangeOf(last)
  return `${text.slice(0, end)}, ${entry}${text.slice(end)}`
}

/** With the comma before it, or the one behind it when it is the first. */
const cutFromFlow = (text: string, map: YAMLMap<unknown, unknown>, at: number): string => {
  const [before, pair, after] = [map.items[at - 1], map.items[at], map.items[at + 1]]
  if (pair === undefined) return text
  const [start, end] = rangeOf(pair)
  if (before !== undefined) return text.slice(0, rangeOf(before)[1]) + text.slice(end)
  return text.slice(0, start) + text.slice(after === undefined ? end : rangeOf(after)[0])
}

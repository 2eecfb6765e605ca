/**
 * Changes one key of a configuration file and leaves everything else as its owner wrote it: the change is made in the
 * text where that provably gives the same document, else through the YAML document, which keeps comments but not
 * alignment.
 */
import { isDeepStrictEqual } from "node:util"
import { type Document, isCollection, isMap, isNode, isScalar, parseDocument } from "yaml"
import { ConfigError, shown } from "./error.ts"
import { readConfig } from "./file.ts"
import { fromText, keyOf, keys, schemaAt, suggestion } from "./keys.ts"
import { hasReference } from "./expand.ts"
import { cutFromText, setInText } from "./text.ts"
import type { Environment } from "../folders.ts"

/** Never folds a long line. */
const wide = { lineWidth: 0 } as const

/**
 * Sets a key, also one inside `mcp.servers`. The value is text as typed: lists with commas or as YAML.
 *
 * @param text The file as it stands; empty for a new one.
 * @returns The file as it should stand.
 * @throws ConfigError when the key is unknown, the value does not fit it, or the file is not valid YAML.
 */
export const setKey = (text: string, path: string, value: string, env: Environment): string => {
  const schema = schemaOf(path)
  return setValue(text, path, hasReference(value) ? value : fromText(schema, value), env)
}

/** The same with a value that is none of text; references in its texts stay as they are. */
export const setValue = (text: string, path: string, data: unknown, env: Environment): string => {
  schemaOf(path)
  const parts = path.split(".")
  const document = parse(text)
  const changed = withValue(document, parts, data)
  refuseWrong(changed, path, env)
  return faithful(changed, setInText(text, document, parts, data))
}

const schemaOf = (path: string): NonNullable<ReturnType<typeof schemaAt>> => {
  const schema = keyOf(path) === undefined ? undefined : schemaAt(path.split("."))
  if (schema === undefined) throw unknownKey(path)
  return schema
}

/**
 * Removes a key, and the sections that it leaves empty. The key need not be a known one: that is how a wrong one goes away.
 *
 * @returns `undefined` when the file does not hold it.
 */
export const unsetKey = (text: string, path: string): string | undefined => {
  const document = parse(text)
  const parts = path.split(".")
  if (!document.hasIn(parts)) return undefined
  const changed = document.clone()
  let emptied = parts
  for (; emptied.length > 1; emptied = emptied.slice(0, -1)) {
    const parent = document.getIn(emptied.slice(0, -1), true)
    if (!isCollection(parent) || parent.items.length > 1) break
  }
  changed.deleteIn(emptied)
  if (isMap(changed.contents) && changed.contents.items.length === 0) changed.contents = null
  return faithful(changed, cutFromText(text, document, emptied))
}

/** The value of a key as it is written in a file, nothing expanded. @returns `undefined` when it is not there. */
export const writtenValue = (text: string, path: string): unknown => {
  const node: unknown = parse(text).getIn(path.split("."), true)
  return isNode(node) ? node.toJS(parse(text)) : node
}

const unknownKey = (path: string): ConfigError => {
  const inside = [...keys.keys()].filter((key) => key.startsWith(`${path}.`))
  const message = inside.length > 0 ? `is a section; set one of ${inside.join(", ")}` : `unknown key${suggestion(path)}`
  return new ConfigError([{ where: "", key: path, message }])
}

const parse = (text: string): Document.Parsed => {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined)
    throw new ConfigError([{ where: "", key: "", message: `the file is not valid YAML: ${error.message}` }])
  return document
}

/** Only what concerns this key: a file that is wrong elsewhere can still be mended key by key. */
const refuseWrong = (document: Document, path: string, env: Environment): void => {
  const key = keyOf(path)?.path ?? path
  const { problems } = readConfig("", document.toString(wide), env, "check")
  const own = problems.filter((problem) => problem.key === key || problem.key.startsWith(`${key}.`))
  if (own.length > 0) throw new ConfigError(own.map((problem) => ({ ...problem, where: "" })))
}

/** A copy of the document with the value in it; a comment beside the old value stays. */
const withValue = (document: Document.Parsed, parts: ReadonlyArray<string>, data: unknown): Document => {
  const changed = document.clone()
  for (const at of parts.keys()) {
    const node: unknown = at === 0 ? changed.contents : changed.getIn(parts.slice(0, at), true)
    // A section whose keys are all commented out holds nothing yet.
    if (isScalar(node) && node.value === null) replaceEmpty(changed, parts.slice(0, at), node.comment)
    else if (node !== undefined && node !== null && !isMap(node)) throw notASection(parts.slice(0, at), node)
  }
  const old: unknown = changed.getIn(parts, true)
  const node = changed.createNode(data, { flow: true })
  if (isNode(old)) Object.assign(node, { comment: old.comment, commentBefore: old.commentBefore })
  changed.setIn(parts, node)
  return changed
}

const replaceEmpty = (document: Document, parts: ReadonlyArray<string>, comment: string | null | undefined): void => {
  const map = document.createNode({})
  if (comment !== undefined && comment !== null) map.commentBefore = comment
  if (parts.length === 0) document.contents = map
  else document.setIn(parts, map)
}

const notASection = (parts: ReadonlyArray<string>, node: unknown): ConfigError => {
  const got = isScalar(node) ? shown(node.value) : "a list"
  return new ConfigError([
    { where: "", key: parts.join("."), message: `expected a section with keys of its own, got ${got}` }
  ])
}

/** The first candidate that says exactly what the document says. */
const faithful = (document: Document, candidates: ReadonlyArray<string>): string => {
  const meant: unknown = document.toJS()
  const says = (text: string): boolean => {
    const read = parseDocument(text)
    return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), meant)
  }
  return candidates.find(says) ?? document.toString(wide)
}

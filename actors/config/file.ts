/** One configuration file as entries by key, or as problems that say file, line and column. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLError
} from "yaml"
import { keyOf, keys, fromText, schemaAt, someSettings, suggestion } from "./keys.ts"
import { once } from "./schema.ts"
import { refusal, shown, type Problem } from "./error.ts"
import { expand, hasReference } from "./expand.ts"
import { mask } from "./mask.ts"
import type { Environment } from "../folders.ts"
import type * as z from "zod"

export interface Entry {
  readonly value: unknown
  /** `file:line`, or the name of an environment variable. */
  readonly where: string
}

export interface ReadConfig {
  readonly entries: ReadonlyMap<string, Entry>
  /** Keys whose value was not looked at, since it refers to a variable that may not or cannot be read. */
  readonly withheld: ReadonlyMap<string, Entry>
  readonly problems: ReadonlyArray<Problem>
}

/**
 * - `expand`: a variable that is not set is a problem.
 * - `check`: values with such a variable are withheld; for editing a file before its variables are set.
 * - `withhold`: nothing is expanded. In an untrusted file `${SECRET}` would carry what it names wherever the value goes.
 */
export type References = "expand" | "check" | "withhold"

type Path = ReadonlyArray<PropertyKey>

export const readConfig = (file: string, text: string, env: Environment, references: References): ReadConfig => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const { complain, problems } = complaints(file, lines)
  for (const error of syntaxErrors(document)) complain(error.pos[0], [], syntaxMessage(error, text))
  if (problems().length > 0) return { entries: new Map(), withheld: new Map(), problems: problems() }

  const raw = toValue(document, (message) => complain(0, [], message))
  const unread = new Set<string>()
  const expandAt = (value: string, path: Path): unknown => {
    if (!hasReference(value)) return value
    const result = references === "withhold" ? { missing: "" } : expand(value, env)
    if ("text" in result) return fromExpanded(result.text, path)
    // One server that cannot be used keeps nobody from working: it says so itself.
    if ("missing" in result && references === "expand" && isOfServer(path)) return value
    const key = keyOf(path.join("."))
    if (key !== undefined) unread.add(key.path)
    if ("malformed" in result || references === "expand")
      complain(offsetOf(document, path, "value"), path, unexpanded(result))
    return value
  }
  const tree = walk(raw, [], expandAt)
  for (const key of unread) drop(tree, key.split("."))
  for (const issue of someSettings.safeParse(tree ?? {}, once).error?.issues ?? [])
    report(issue, raw, document, complain)

  const entry = (key: string, value: unknown): readonly [string, Entry] => {
    const { line } = lines.linePos(offsetOf(document, key.split("."), "key"))
    return [key, { value, where: `${file}:${line}` }]
  }
  const set = [...keys.keys()].map((key) => entry(key, valueAt(tree, key.split("."))))
  return {
    entries: new Map(set.filter(([, { value }]) => value !== undefined)),
    withheld: new Map([...unread].map((key) => entry(key, valueAt(raw, key.split("."))))),
    problems: problems()
  }
}

const isOfServer = ([section, key]: Path): boolean => section === "mcp" && key === "servers"

type Complain = (offset: number, path: Path, message: string) => void

/** Problems as they are found, told in the order of the file. */
const complaints = (file: string, lines: LineCounter) => {
  const found: Array<{ readonly offset: number; readonly problem: Problem }> = []
  const complain: Complain = (offset, path, message) => {
    const { line, col } = lines.linePos(offset)
    found.push({ offset, problem: { where: `${file}:${line}:${col}`, key: path.map(plainKey).join("."), message } })
  }
  const problems = (): ReadonlyArray<Problem> =>
    found.toSorted((one, other) => one.offset - other.offset).map(({ problem }) => problem)
  return { complain, problems }
}

/** The first error of the syntax, since the rest follows from it; a key that stands twice breaks nothing else. */
const syntaxErrors = (document: Document.Parsed): ReadonlyArray<YAMLError> => {
  const all = [...document.errors, ...document.warnings]
  const first = all.find((error) => error.code !== "DUPLICATE_KEY")
  return all.filter((error) => error === first || error.code === "DUPLICATE_KEY")
}

const syntaxMessage = (error: YAMLError, text: string): string => {
  const line = text.slice(text.lastIndexOf("\n", error.pos[0]) + 1).split("\n", 1)[0] ?? ""
  const hint = line.includes("${") ? ' (inside { } and [ ], a reference must stand in quotes: "${NAME}")' : ""
  return `is not valid YAML: ${error.message}${hint}`
}

const toValue = (document: Document.Parsed, complain: (message: string) => void): unknown => {
  try {
    return document.toJS()
  } catch (error) {
    // An alias without its anchor, or so many that the file would grow without bound.
    complain(`is not valid YAML: ${error instanceof Error ? error.message : String(error)}`)
    return {}
  }
}

/** A copy with every text expanded; a key without a value stays with `undefined`, which is as good as not set if it is a key. */
const walk = (value: unknown, path: Path, expandAt: (text: string, path: Path) => unknown): unknown => {
  if (typeof value === "string") return expandAt(value, path)
  if (Array.isArray(value)) return value.map((item, at) => walk(item, [...path, at], expandAt))
  if (typeof value !== "object" || value === null) return value ?? undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, walk(inner, [...path, name], expandAt)])
  )
}

/** What a reference gives is text; where the key wants a number or a list, it is read as one. Empty counts as not set. */
const fromExpanded = (text: string, path: Path): unknown => {
  const schema = schemaAt(path)
  return text === "" || schema === undefined ? text || undefined : fromText(schema, text)
}

const unexpanded = (result: { readonly missing: string } | { readonly malformed: string }): string =>
  "missing" in result
    ? `the variable ${result.missing} is not set; set it, or write \${${result.missing}:-default}`
    : `expected \${NAME} or \${NAME:-default}, got ${shown(result.malformed)}; write $\${ for a literal \${`

const report = (issue: z.core.$ZodIssue, raw: unknown, document: Document.Parsed, complain: Complain): void => {
  if (issue.code === "unrecognized_keys") {
    for (const name of issue.keys) {
      const path = [...issue.path, name]
      complain(offsetOf(document, path, "key"), path, `unknown key${suggestion(path.join("."))}`)
    }
  } else {
    const value = mask(issue.path.join("."), valueAt(raw, issue.path))
    complain(offsetOf(document, issue.path, "value"), issue.path, refusal(issue.message, value))
  }
}

const plainKey = (part: PropertyKey): string => (/^[\w-]+$/.test(String(part)) ? String(part) : JSON.stringify(part))

const valueAt = (value: unknown, path: Path): unknown => {
  let inner = value
  for (const part of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, part)) return undefined
    inner = Object.entries(inner).find(([name]) => name === String(part))?.[1]
  }
  return inner
}

const drop = (tree: unknown, path: ReadonlyArray<string>): void => {
  const parent = valueAt(tree, path.slice(0, -1))
  if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? "")
}

/** Where a key or its value begins in the text; the nearest thing around it when it is not there. */
const offsetOf = (document: Document.Parsed, path: Path, of: "key" | "value"): number => {
  let node: unknown = document.contents
  let offset = 0
  for (const [at, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset
      node = pair?.value
      if (at === path.length - 1 && of === "key") return offset
    } else node = isSeq(node) ? node.items[Number(part)] : undefined
    if (isNode(node)) offset = node.range?.[0] ?? offset
  }
  return offset
}

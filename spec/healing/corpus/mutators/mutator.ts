/** What makes faults of working code: small edits of its text, found in its syntax tree. */
import { type ASTNode, parseSource } from "../../../../healing/syntax.ts"

/** A node as the parser gave it; only its plain fields are read. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A node and those around it, the nearest first. */
export interface Seen {
  readonly node: Node
  readonly around: ReadonlyArray<Node>
  readonly text: (node: Node) => string
  readonly source: string
}

export interface Mutator {
  readonly name: string
  /** `undefined`: nothing to do here. Several edits are made together. */
  readonly edit: (seen: Seen) => Edit | ReadonlyArray<Edit> | undefined
}

export interface Mutation {
  readonly mutator: string
  /** Name within the plugin's folder. */
  readonly file: string
  /** Line, from 1. */
  readonly line: number
  /** What stood there and what stands there now. */
  readonly what: string
  /** The whole file, changed. */
  readonly text: string
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value && typeof value.start === "number"

const skipped: ReadonlySet<string> = new Set([
  "loc",
  "original",
  "tokens",
  "comments",
  "leadingComments",
  "trailingComments",
  "innerComments",
  "extra",
  "errors"
])

export const childrenOf = (node: Node): ReadonlyArray<Node> =>
  Object.entries(node)
    .filter(([field]) => !skipped.has(field))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)

function* walk(node: Node, around: ReadonlyArray<Node>): Generator<{ node: Node; around: ReadonlyArray<Node> }> {
  // What only types say does not run.
  if (/^TS(?!NonNull|As|Satisfies)/.test(node.type)) return
  // Examples are what the author promises; a fault in them is a fault of the judge.
  if (node.type === "ObjectProperty" && isNode(node.key) && node.key.name === "examples") return
  yield { node, around }
  for (const child of childrenOf(node)) yield* walk(child, [node, ...around])
}

const apply = (source: string, edits: ReadonlyArray<Edit>): string =>
  edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source)

const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > 50 ? `${line.slice(0, 49)}…` : line
}

/** All faults that these make of a file, in the order of the text. */
export const mutationsOf = (
  file: string,
  source: string,
  mutators: ReadonlyArray<Mutator>
): ReadonlyArray<Mutation> => {
  const { program }: { readonly program: unknown } = parseSource(file, source) as unknown as {
    readonly program: ASTNode
  }
  if (!isNode(program)) throw new TypeError(`${file} has no program`)
  const text = (node: Node) => source.slice(node.start, node.end)
  const found: Array<Mutation> = []
  for (const { node, around } of walk(program, []))
    for (const { name, edit } of mutators) {
      const made = edit({ node, around, text, source })
      const edits = made === undefined ? [] : "start" in made ? [made] : made
      const [first] = edits
      if (first === undefined) continue
      const line = source.slice(0, node.start).split("\n").length
      const what = `${short(source.slice(first.start, first.end))} → ${short(first.text) || "nothing"}`
      found.push({ mutator: name, file, line, what, text: apply(source, edits) })
    }
  return found.filter(({ text }) => text !== source)
}

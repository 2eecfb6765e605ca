/**
 * Source code as a tree that can be changed and printed again: what is not changed keeps every byte. Loads recast and its
 * parser, so whoever needs it imports it when something has failed, and not before.
 */
import { extname } from "node:path"
import { parse as parseBabel, type ParserOptions, type ParserPlugin } from "@babel/parser"
import * as recast from "recast"
import { isLean, keepBytes, withoutSemicolons, withTabs } from "./printing.ts"

export type File = recast.types.namedTypes.File
export type Program = recast.types.namedTypes.Program
export type NodePath<Node = recast.types.ASTNode> = recast.types.NodePath<Node>
export type Statement = recast.types.namedTypes.Statement
export type ASTNode = recast.types.ASTNode

export const { builders, namedTypes, visit } = recast.types

const common: ReadonlyArray<ParserPlugin> = [
  "decorators",
  "decoratorAutoAccessors",
  "explicitResourceManagement",
  "importAttributes"
]

interface Known {
  readonly path: string
  readonly source: string
  /** How it is printed when nothing was changed. */
  plain?: string
}

/** What each tree was parsed from. */
const sources = new WeakMap<File, Known>()

export const originOf = (file: File): Pick<Known, "path" | "source"> | undefined => sources.get(file)

/**
 * @param path Says by its extension which language it is.
 * @throws SyntaxError of the parser.
 */
export const parseSource = (path: string, source: string): File => {
  const file = parse(path, source)
  sources.set(file, { path, source })
  return file
}

/** A tab is one column to V8, and so it is here. */
const parse = (path: string, source: string): File =>
  recast.parse(source, { tabWidth: 1, parser: { parse: (text: string) => withAttributes(parseTree(path, text)) } })

/** recast prints the attributes of an import from two fields of its own. */
const withAttributes = <Tree extends { readonly program: { readonly body: ReadonlyArray<object> } }>(
  tree: Tree
): Tree => {
  for (const node of tree.program.body)
    if ("attributes" in node && Array.isArray(node.attributes) && node.attributes.length > 0)
      Object.assign(node, { assertions: node.attributes, importAttributesKeyword: "with" })
  return tree
}

const parseTree = (path: string, text: string, options: ParserOptions = { tokens: true, attachComment: true }) => {
  const extension = extname(path)
  const language: ReadonlyArray<ParserPlugin> = /^\.[cm]?ts$/.test(extension) ? ["typescript"] : ["jsx"]
  return parseBabel(text, {
    sourceType: extension.startsWith(".c") ? "script" : "module",
    allowReturnOutsideFunction: true,
    ...options,
    plugins: [...common, ...language]
  })
}

/** The statements of a part of a file. @throws SyntaxError when they do not stand alone. */
export const statementsOf = (path: string, text: string): ReadonlyArray<object> =>
  parseTree(path, text, { errorRecovery: true }).program.body

/** Whether a text is a program at all. */
export const parses = (path: string, text: string): boolean => {
  try {
    parseTree(path, text, { attachComment: false })
    return true
  } catch {
    return false
  }
}

/**
 * Everything that was not changed as it stood, byte for byte, whatever ends its lines; what was changed without semicolons
 * where the file has none.
 */
export const printSource = (file: File): string => {
  const known = sources.get(file)
  const code = print(file, known?.source)
  if (known === undefined) return code
  const { path, source } = known
  // Where recast prints an unchanged tree otherwise than it stands, the source's bytes are kept.
  const plain = (known.plain ??= print(parse(path, source), source))
  if (code === plain) return source
  const lean = isLean(source) && parses(path, code) ? withoutSemicolons(source, code, statementsOf(path, code)) : code
  return keepBytes(source, plain, withTabs(source, lean))
}

/**
 * A node's code, as recast prints it.
 *
 * @param like A text whose habits it follows in what is new.
 */
export const print = (node: unknown, like = ""): string => {
  const [, lead = "  "] = /\n([\t ]+)\S/.exec(like) ?? []
  const useTabs = lead.startsWith("\t")
  const options = { lineTerminator: "\n", useTabs, tabWidth: useTabs ? 1 : Math.min(lead.length, 8) }
  return recast.print(node as ASTNode, options).code
}

export const programOf = (file: File): NodePath<Program> =>
  new recast.types.NodePath({ root: file }).get("root", "program")

/**
 * @param line From 1. @param column From 1, as V8 counts; absent: the first statement of the line.
 * @returns the innermost node that holds the position.
 */
export const nodeAt = (program: NodePath<Program>, line: number, column?: number): NodePath | undefined => {
  const wanted = column === undefined ? undefined : column - 1
  let found: NodePath | undefined
  // `visit` takes paths as well; its types say only nodes.
  visit(program as unknown as ASTNode, {
    visitNode(path) {
      const { loc } = path.node
      if (loc === null || loc === undefined) return this.traverse(path)
      const holds = wanted === undefined ? loc.start.line === line : spans(loc, line, wanted)
      if (!holds) {
        // A node that begins elsewhere may still hold one that does not.
        if (wanted === undefined && loc.start.line <= line && line <= loc.end.line) return this.traverse(path)
        return false
      }
      found = path
      return wanted === undefined ? false : this.traverse(path)
    }
  })
  return found
}

interface Span {
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
}

const spans = ({ start, end }: Span, line: number, column: number): boolean =>
  (start.line < line || (start.line === line && start.column <= column)) &&
  (line < end.line || (line === end.line && column < end.column))

/** The function around a node, the node itself included. */
export const functionAround = (path: NodePath | undefined): NodePath | undefined => {
  for (let at = path; at !== undefined && at !== null; at = at.parent) if (namedTypes.Function.check(at.node)) return at
  return undefined
}

/** A path to a node that stands in no file. */
export const pathTo = (node: unknown): NodePath => new recast.types.NodePath({ root: node }).get("root")

/** Fields that hold no part of the program. */
export const aside: ReadonlySet<string> = new Set(
  `type loc start end original tokens comments innerComments leadingComments trailingComments extra errors range`.split(
    " "
  )
)

/** The node and all below it, each before those that it holds, in the order of the source. */
export const nodesIn = (path: NodePath): ReadonlyArray<NodePath> => {
  const known = listed?.get(path)
  if (known !== undefined) return known
  const found: Array<NodePath> = []
  const look = (at: NodePath) => {
    const value: unknown = at.value
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) look(at.get(index))
      return
    }
    if (!isNode(value)) return
    found.push(at)
    for (const key in value) if (!aside.has(key) && isPart(Reflect.get(value, key))) look(at.get(key))
  }
  look(path)
  listed?.set(path, found)
  return found
}

/** What `nodesIn` found in trees that nobody changes meanwhile. */
export type Lists = WeakMap<NodePath, ReadonlyArray<NodePath>>

let listed: Lists | undefined

/** Runs what only reads trees, as every template does that is asked what it proposes: each is walked once. */
export const reading = <Value>(lists: Lists, run: () => Value): Value => {
  const before = listed
  listed = lists
  try {
    return run()
  } finally {
    listed = before
  }
}

export const isNode = (value: unknown): value is object =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

const isPart = (value: unknown): boolean => Array.isArray(value) || isNode(value)

/** The name of a property, method or member that is written down: `a` of `a: 1`, `"a"() {}`, `["a"]: 1`. */
export const keyOf = (node: unknown): string | undefined => {
  if (typeof node !== "object" || node === null || !("key" in node)) return undefined
  if ("computed" in node && node.computed === true) return textOf(node.key)
  return namedTypes.Identifier.check(node.key) ? node.key.name : textOf(node.key)
}

/** The text that a literal stands for; `undefined` for anything else. */
export const textOf = (node: unknown): string | undefined => {
  if (namedTypes.StringLiteral.check(node)) return node.value
  if (!namedTypes.TemplateLiteral.check(node) || node.expressions.length > 0) return undefined
  return node.quasis[0]?.value.cooked ?? undefined
}

/** A source text as the rules of the policy read it: every node with where it stands, and whose it is. */
import { extname } from "node:path"
import { parse, type ParserPlugin } from "@babel/parser"

/** A node as @babel/parser makes it; what is not of every node is read by `child`, `text` and their like. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly loc: { readonly start: Position; readonly end: Position }
}

interface Position {
  /** From 1. */
  readonly line: number
}

/** A node, where it stands and whose it is. */
export interface Place {
  readonly node: Node
  readonly parent: Place | undefined
  /** Field of the parent that holds it. */
  readonly key: string
  /** Names of the functions around it, outermost first; those without a name do not count. */
  readonly owners: ReadonlyArray<string>
  /** Canonical text of it: equal for equal code, however it is laid out. */
  readonly shape: string
}

/** A source text, read. */
export interface View {
  readonly path: string
  readonly source: string
  readonly program: Place
  /** In the order of the source, the program first. */
  readonly places: ReadonlyArray<Place>
  readonly comments: ReadonlyArray<string>
}

const common: ReadonlyArray<ParserPlugin> = ["decorators", "explicitResourceManagement", "importAttributes"]

/** Fields that say where a node stands or how it was written, and not what it is. */
const layout: ReadonlySet<string> = new Set(
  "type start end loc range extra comments leadingComments innerComments trailingComments tokens errors decoratorsBeforeExport".split(
    " "
  )
)

/**
 * With the parser alone: recast, which `syntax.ts` uses, moves comments and costs ten times as much.
 *
 * @throws SyntaxError of the parser.
 */
export const viewOf = (path: string, source: string): View => {
  const extension = extname(path)
  const file = parse(source, {
    sourceType: extension.startsWith(".c") ? "script" : "module",
    allowReturnOutsideFunction: true,
    plugins: [...common, /^\.[cm]?ts$/.test(extension) ? "typescript" : "jsx"]
  })
  const places: Array<Place> = []
  const program = plant(asNode(file.program), undefined, "program", [], places)
  return { path, source, program, places, comments: (file.comments ?? []).map(({ value }) => value.trim()) }
}

/** `undefined` for what cannot be parsed: what cannot be read cannot be changed either. */
export const tryView = (path: string, source: string): View | undefined => {
  try {
    return viewOf(path, source)
  } catch {
    return undefined
  }
}

const plant = (
  node: Node,
  parent: Place | undefined,
  key: string,
  owners: ReadonlyArray<string>,
  into: Array<Place>
): Place => {
  const name = isFunction(node) ? nameOf(node, parent) : undefined
  const place = { node, parent, key, owners: name === undefined ? owners : [...owners, name], shape: "" }
  into.push(place)
  let shape = `(${node.type}`
  for (const [field, value] of Object.entries(node)) {
    if (layout.has(field)) continue
    const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    const inner = values.map((one) => (isNode(one) ? plant(one, place, field, place.owners, into).shape : scalar(one)))
    // Put together piece by piece: joined, each text would be copied once for each node around it.
    if (inner.some((one) => one !== "")) inner.forEach((one, at) => (shape += (at === 0 ? ` ${field}:` : ",") + one))
  }
  return Object.assign(place, { shape: `${shape})` })
}

const scalar = (value: unknown): string =>
  value === null || value === undefined || value === false ? "" : (JSON.stringify(value) ?? "")

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value

const asNode = (value: unknown): Node => {
  if (!isNode(value)) throw new TypeError("the parser gave no tree")
  return value
}

const field = (node: Node | undefined, key: string): unknown =>
  node === undefined ? undefined : Object.getOwnPropertyDescriptor(node, key)?.value

export const child = (node: Node | undefined, key: string): Node | undefined => {
  const value = field(node, key)
  return isNode(value) ? value : undefined
}

export const children = (node: Node | undefined, key: string): ReadonlyArray<Node> => {
  const value = field(node, key)
  return Array.isArray(value) ? value.filter(isNode) : []
}

export const text = (node: Node | undefined, key: string): string => {
  const value = field(node, key)
  return typeof value === "string" ? value : ""
}

export const flag = (node: Node | undefined, key: string): boolean => field(node, key) === true

export const isFunction = (node: Node): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|Class(Private)?Method)$/.test(
    node.type
  )

export const isCall = (node: Node): boolean => /^(Optional)?CallExpression$|^NewExpression$/.test(node.type)

export const isMember = (node: Node | undefined): boolean => /^(Optional)?MemberExpression$/.test(node?.type ?? "")

/** What a property, member or specifier is called; `undefined` when it is calculated. */
export const keyOf = (node: Node | undefined, key = "key"): string | undefined => {
  const name = child(node, key)
  if (name === undefined) return undefined
  if (name.type === "StringLiteral") return text(name, "value")
  if (name.type === "PrivateName") return text(child(name, "id"), "name")
  return name.type === "Identifier" && !flag(node, "computed") ? text(name, "name") : undefined
}

/** The last name of an expression: `run` of `exec.run`. */
export const lastName = (node: Node | undefined): string => {
  if (node === undefined) return ""
  if (node.type === "Identifier") return text(node, "name")
  if (node.type === "Import") return "import"
  if (node.type === "Super") return "super"
  return isMember(node) ? (keyOf(node, "property") ?? "") : ""
}

const nameOf = (node: Node, parent: Place | undefined): string | undefined => {
  const own = text(child(node, "id"), "name") || (keyOf(node) ?? "")
  if (own !== "") return own
  const holder = parent?.node
  if (holder?.type === "VariableDeclarator") return text(child(holder, "id"), "name") || undefined
  if (holder?.type === "AssignmentExpression") return lastName(child(holder, "left")) || undefined
  return (holder?.type ?? "").endsWith("Property") ? keyOf(holder) : undefined
}

/** Places that hold this one, innermost first. */
export const above = function* (place: Place): Generator<Place> {
  for (let at = place.parent; at !== undefined; at = at.parent) yield at
}

/** Whether `place` is `holder` or stands in it. */
export const isWithin = ({ node }: Place, holder: Node): boolean => holder.start <= node.start && node.end <= holder.end

/** An identifier that stands for a value or is declared: no property's name, no label. */
export const isReference = ({ node, key, parent }: Place): boolean => {
  if (node.type !== "Identifier") return false
  const holder = parent?.node
  if (key === "property" && isMember(holder)) return flag(holder, "computed")
  if (key === "key") return flag(holder, "computed")
  return key !== "label" && !(holder?.type ?? "").endsWith("Specifier") && !holder?.type.startsWith("TS")
}

/** Whether a line, from 1, is one of those that it stands in. */
export const holds = ({ node: { loc } }: Place, line: number): boolean => loc.start.line <= line && line <= loc.end.line

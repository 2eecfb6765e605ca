/** What templates are made of: changes that can be undone, and questions about the code around a place. */
import { builders as b, keyOf, namedTypes as n, type NodePath, nodesIn, print, textOf } from "../syntax.ts"
import type { Site } from "../template.ts"

export { keyOf, nodesIn, textOf }

export type Undo = () => void

/** Sets a field of a node, of a list, or of any other part of the tree. */
export const put = (target: object, key: PropertyKey, value: unknown): Undo => {
  const had = Object.hasOwn(target, key)
  const before: unknown = Reflect.get(target, key)
  Reflect.set(target, key, value)
  return () => {
    if (had) Reflect.set(target, key, before)
    else Reflect.deleteProperty(target, key)
  }
}

/** Puts another node in the place of this one. */
export const swap = (path: NodePath, node: unknown): Undo => put(path.parentPath.value, path.name, node)

/** Puts items into a list of the tree, `0` before the first. */
export const insert = (list: Array<unknown>, index: number, ...items: ReadonlyArray<unknown>): Undo => {
  list.splice(index, 0, ...items)
  return () => void list.splice(index, items.length)
}

export const remove = (list: Array<unknown>, index: number): Undo => {
  const gone = list.splice(index, 1)
  return () => void list.splice(index, 0, ...gone)
}

/** Several changes as one, undone in reverse order. */
export const all =
  (...undos: ReadonlyArray<Undo>): Undo =>
  () => {
    for (const undo of undos.toReversed()) undo()
  }

/** The node and those around it, innermost first. */
export const around = (path: NodePath | undefined): ReadonlyArray<NodePath> => {
  const found: Array<NodePath> = []
  for (let at = path; at !== undefined && at !== null; at = at.parent) found.push(at)
  return found
}

/** The statement around a place that stands in a list of statements, and which one of them it is. */
export const statementAround = (
  path: NodePath | undefined
): { readonly path: NodePath; readonly list: Array<unknown>; readonly index: number } | undefined => {
  for (const one of around(path)) {
    const list: unknown = one.parentPath?.value
    if (n.Statement.check(one.node) && Array.isArray(list)) return { path: one, list, index: Number(one.name) }
  }
  return undefined
}

/** Paths of the items of a list, `listOf(call, "arguments")`. */
export const listOf = (path: NodePath, key: string): ReadonlyArray<NodePath> => {
  const list = path.get(key)
  return Array.isArray(list.value) ? list.map((one: NodePath) => one) : []
}

export const isCall = (node: unknown): boolean => n.CallExpression.check(node) || n.OptionalCallExpression.check(node)

export const isMember = (node: unknown): boolean =>
  n.MemberExpression.check(node) || n.OptionalMemberExpression.check(node)

/** `b` of `a.b` and of `a["b"]`. */
export const memberName = (node: unknown): string | undefined => {
  if (!n.MemberExpression.check(node) && !n.OptionalMemberExpression.check(node)) return undefined
  if (node.computed === true) return textOf(node.property)
  return n.Identifier.check(node.property) ? node.property.name : undefined
}

/** The name of the function or method that is called, `c` of `a.b.c()`. */
export const calledName = (node: unknown): string | undefined => {
  if (!n.CallExpression.check(node) && !n.OptionalCallExpression.check(node) && !n.NewExpression.check(node))
    return undefined
  return n.Identifier.check(node.callee) ? node.callee.name : memberName(node.callee)
}

/** The node's code on one line, cut: for telling what is changed. */
export const shown = (node: unknown): string => {
  const text = print(node).replace(/\s+/g, " ").replace(/;$/, "")
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** A name that is declared somewhere. */
export interface Declared {
  readonly name: string
  readonly by: "import" | "function" | "class" | "variable" | "parameter"
  /** The declaring node: declarator, function, class, import specifier, parameter. */
  readonly node: unknown
}

/** Names that a binding pattern binds. */
export const namesBound = (pattern: unknown): ReadonlyArray<string> => {
  if (n.Identifier.check(pattern)) return [pattern.name]
  if (n.AssignmentPattern.check(pattern)) return namesBound(pattern.left)
  if (n.RestElement.check(pattern)) return namesBound(pattern.argument)
  if (n.TSParameterProperty.check(pattern)) return namesBound(pattern.parameter)
  if (n.ArrayPattern.check(pattern)) return pattern.elements.flatMap(namesBound)
  if (!n.ObjectPattern.check(pattern)) return []
  return pattern.properties.flatMap((one) =>
    namesBound("value" in one ? one.value : "argument" in one ? one.argument : one)
  )
}

const declaredBy = (statement: unknown): ReadonlyArray<Declared> => {
  if (n.ExportNamedDeclaration.check(statement) || n.ExportDefaultDeclaration.check(statement))
    return declaredBy(statement.declaration)
  if (n.VariableDeclaration.check(statement))
    return statement.declarations.flatMap((node) =>
      namesBound("id" in node ? node.id : node).map((name) => ({ name, by: "variable" as const, node }))
    )
  if (n.FunctionDeclaration.check(statement) && statement.id)
    return [{ name: String(statement.id.name), by: "function", node: statement }]
  if (n.ClassDeclaration.check(statement) && statement.id)
    return [{ name: String(statement.id.name), by: "class", node: statement }]
  if (!n.ImportDeclaration.check(statement) || statement.importKind === "type") return []
  return (statement.specifiers ?? []).flatMap((node) =>
    node.local ? [{ name: String(node.local.name), by: "import" as const, node }] : []
  )
}

const declaredIn = (node: unknown): ReadonlyArray<Declared> => {
  if (n.Function.check(node))
    return node.params.flatMap((one) => namesBound(one).map((name) => ({ name, by: "parameter" as const, node: one })))
  if (n.Program.check(node) || n.BlockStatement.check(node)) return node.body.flatMap(declaredBy)
  if (n.ForStatement.check(node)) return declaredBy(node.init)
  if (n.ForOfStatement.check(node) || n.ForInStatement.check(node)) return declaredBy(node.left)
  if (n.SwitchStatement.check(node)) return node.cases.flatMap((one) => one.consequent.flatMap(declaredBy))
  if (n.CatchClause.check(node))
    return namesBound(node.param).map((name) => ({ name, by: "variable" as const, node: node.param }))
  return []
}

/** Names that may be used at a place, nearest first, globals not among them. A name that is hidden by a nearer one stands twice. */
export const namesInScope = (path: NodePath | undefined): ReadonlyArray<Declared> =>
  around(path).flatMap(({ node }) => declaredIn(node))

export const declarationOf = (path: NodePath | undefined, name: string): Declared | undefined =>
  namesInScope(path).find((one) => one.name === name)

/** Paths of a kind in the function of the site; in the whole file when it has none. */
export const inFunction = (site: Site, is: (node: unknown) => boolean): ReadonlyArray<NodePath> =>
  nodesIn(site.fn ?? site.program).filter(({ node }) => is(node))

/** Paths of a kind around the failing place within its statement, then those below it; nothing without a place. */
export const inStatement = (site: Site, is: (node: unknown) => boolean): ReadonlyArray<NodePath> => {
  if (site.at === undefined) return []
  const outward = around(site.at)
  const end = outward.findIndex(({ node }) => n.Statement.check(node) || n.Function.check(node))
  const chain = end === -1 ? outward : outward.slice(0, end + 1)
  const inner = chain.length === 0 ? [] : nodesIn(chain[chain.length - 1] as NodePath)
  const nodes = new Set(chain.map(({ node }) => node))
  return [...chain, ...inner.filter(({ node }) => !nodes.has(node))].filter(({ node }) => is(node))
}

/** Whether the function may be made async without changing what its callers get: its result is awaited anyway. */
export const isToolFunction = (fn: NodePath | undefined): boolean => {
  if (fn === undefined) return false
  const { node } = fn
  if (keyOf(node) === "execute") return true
  const holder = fn.parent?.node
  return keyOf(holder) === "execute"
}

/** Makes a function async, when it is not. */
export const makeAsync = (fn: NodePath): Undo => put(fn.node, "async", true)

export const awaited = (node: unknown) => b.awaitExpression(node as Parameters<typeof b.awaitExpression>[0])

export const paramsOf = (fn: NodePath | undefined): Array<unknown> =>
  fn !== undefined && n.Function.check(fn.node) ? fn.node.params : []

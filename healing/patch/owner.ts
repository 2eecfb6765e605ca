/** Whose `this` it is: the nearest function that is no arrow decides, and what it is a method of. */
import type { Code } from "../code.ts"
import type { Forest, Tree } from "../forest.ts"
import { ownModule } from "../own-module.ts"
import { type ASTNode, keyOf, namedTypes as n, type NodePath, textOf } from "../syntax.ts"
import type { InjectionTarget } from "../strategy.ts"
import { type Attribute, attributeOf, bare, dressed, isCall, listed } from "./attribute.ts"

export interface Owner {
  readonly target: InjectionTarget
  /** The classes and object literals in which `this` is that object. */
  readonly holders: ReadonlyArray<Holder>
}

export interface Holder {
  /** A class or an object literal. */
  readonly path: NodePath
  readonly tree: Tree
}

/** @returns `undefined` when it is neither the plugin's instance, nor a tool, nor there yet. */
export const ownerOf = (at: NodePath, tree: Tree, code: Code, forest: Forest): Owner | undefined => {
  const path = holderOf(at)
  if (path === undefined) return undefined
  const holders = pluginHolders(code, forest)
  if (holders.some((one) => one.path.node === path.node)) return { target: { type: "plugin" }, holders }
  const name = textOf(memberOf(path, "name")?.get("value").node)
  if (name === undefined || memberOf(path, "execute") === undefined) return undefined
  return { target: { type: "tool", tool: name }, holders: [{ path, tree }] }
}

/** The class or object literal whose `this` is meant at a place, once it has been made. */
export const holderOf = (at: NodePath): NodePath | undefined => {
  let isLater = false
  for (let path = at; path?.node !== undefined; path = path.parent) {
    const { node } = path
    if (n.StaticBlock.check(node)) return undefined
    // An initialiser runs while its instance is being made; a function in it, later.
    if (isField(node)) return !isLater || isStatic(node) ? undefined : classAround(path)
    if (n.ArrowFunctionExpression.check(node)) isLater = true
    else if (n.Function.check(node)) return holderOfMethod(path, isLater)
  }
  return undefined
}

const isField = (node: unknown): boolean => n.ClassProperty.check(node) || n.ClassPrivateProperty.check(node)

const isStatic = (node: unknown): boolean =>
  typeof node === "object" && node !== null && "static" in node && node.static === true

const classAround = (member: NodePath): NodePath | undefined => member.parent?.parent

/** @param isLater It runs in an arrow of the method, which may be called when a constructor is through. */
const holderOfMethod = (path: NodePath, isLater: boolean): NodePath | undefined => {
  const { node } = path
  if (n.ClassMethod.check(node) || n.ClassPrivateMethod.check(node))
    return isStatic(node) || (node.kind === "constructor" && !isLater) ? undefined : classAround(path)
  if (n.ObjectMethod.check(node)) return path.parent
  const around = path.parent
  if (around === undefined || path.name !== "value") return undefined
  if (isField(around.node)) return isStatic(around.node) ? undefined : classAround(around)
  return n.ObjectProperty.check(around.node) ? around.parent : undefined
}

/** Its properties and methods. */
export const membersOf = (holder: NodePath): ReadonlyArray<NodePath> =>
  n.ObjectExpression.check(holder.node) ? listed(holder.get("properties")) : listed(holder.get("body", "body"))

export const memberOf = (holder: NodePath, key: string): NodePath | undefined =>
  membersOf(holder).find(({ node }) => keyOf(node) === key && !isStatic(node))

/** What the plugin's module exports as its default, and the classes of its own files that this one extends. */
const pluginHolders = (code: Code, forest: Forest): ReadonlyArray<Holder> =>
  exportedAs("default", code.module, code, forest)

/** Names that lead to names are followed so far. */
const deepest = 8

const exportedAs = (name: string, file: string, code: Code, forest: Forest, depth = 0): ReadonlyArray<Holder> => {
  const tree = forest(file)
  if (tree === undefined || depth > deepest) return []
  const follow = (path: NodePath) => holdersFrom(path, tree, code, forest, depth + 1)
  return listed(tree.program.get("body")).flatMap((statement) => {
    const { node } = statement
    if (n.ExportDefaultDeclaration.check(node)) return name === "default" ? follow(statement.get("declaration")) : []
    if (!n.ExportNamedDeclaration.check(node)) return []
    if (node.declaration) return name === "default" ? [] : named(tree, name).flatMap(follow)
    return listed(statement.get("specifiers")).flatMap((one) => {
      const { node: specifier } = one
      if (!n.ExportSpecifier.check(specifier) || String(specifier.exported.name) !== name) return []
      const local = String(specifier.local?.name ?? name)
      const from = textOf(node.source)
      if (from === undefined) return named(tree, local).flatMap(follow)
      const next = ownModule(code, file, from)
      return next === undefined ? [] : exportedAs(local, next, code, forest, depth + 1)
    })
  })
}

const holdersFrom = (path: NodePath, tree: Tree, code: Code, forest: Forest, depth: number): ReadonlyArray<Holder> => {
  if (depth > deepest) return []
  const follow = (next: NodePath) => holdersFrom(next, tree, code, forest, depth + 1)
  const inner = bare(path)
  const { node } = inner
  if (n.ObjectExpression.check(node)) return [{ path: inner, tree }]
  if (n.ClassDeclaration.check(node) || n.ClassExpression.check(node))
    return [{ path: inner, tree }, ...(node.superClass ? follow(inner.get("superClass")) : [])]
  if (n.NewExpression.check(node)) return follow(inner.get("callee"))
  // `definePlugin` gives back what it is given.
  if (isCall(node)) return isNamed(inner.get("callee").node, "definePlugin") ? follow(inner.get("arguments", 0)) : []
  if (!n.Identifier.check(node)) return []
  const own = named(tree, node.name)
  return own.length > 0 ? own.flatMap(follow) : importedAs(node.name, tree, code, forest, depth)
}

const isNamed = (node: ASTNode, name: string): boolean => n.Identifier.check(node) && node.name === name

/** What a name is declared as at the top of a file. */
const named = ({ program }: Tree, name: string): ReadonlyArray<NodePath> =>
  listed(program.get("body"))
    .map((one) => (n.ExportNamedDeclaration.check(one.node) && one.node.declaration ? one.get("declaration") : one))
    .flatMap((one) => {
      if (n.ClassDeclaration.check(one.node)) return one.node.id?.name === name ? [one] : []
      if (!n.VariableDeclaration.check(one.node)) return []
      return listed(one.get("declarations"))
        .filter(({ node }) => n.VariableDeclarator.check(node) && isNamed(node.id, name) && node.init)
        .map((declared) => declared.get("init"))
    })

const importedAs = (local: string, tree: Tree, code: Code, forest: Forest, depth: number): ReadonlyArray<Holder> =>
  tree.program.node.body.flatMap((statement) => {
    if (!n.ImportDeclaration.check(statement)) return []
    const file = ownModule(code, tree.file, String(statement.source.value))
    const one = statement.specifiers?.find((specifier) => specifier.local?.name === local)
    if (file === undefined || one === undefined || n.ImportNamespaceSpecifier.check(one)) return []
    const name = n.ImportSpecifier.check(one) ? String(one.imported.name) : "default"
    return exportedAs(name, file, code, forest, depth + 1)
  })

/** Every attribute of that object in the source: of the classes and object literals in which `this` is it. */
export const attributesOf = ({ holders }: Owner): ReadonlyArray<Attribute> =>
  holders.flatMap(({ path }) =>
    waysToThis(path.node).flatMap((way) => {
      // The member around `this`, past what only the types need.
      const found = attributeOf(dressed(path.get(...way)).parent)
      return found !== undefined && holderOf(found.path)?.node === path.node ? [found] : []
    })
  )

type Way = ReadonlyArray<string | number>

/** How to reach every `this` below a node. Paths are dear, so only those are made that are wanted. */
const waysToThis = (value: unknown, way: Way = []): ReadonlyArray<Way> => {
  if (Array.isArray(value)) return value.flatMap((one, at) => waysToThis(one, [...way, at]))
  if (typeof value !== "object" || value === null || !("type" in value)) return []
  if (n.ThisExpression.check(value)) return [way]
  return Object.entries(value).flatMap(([key, child]) => (aside.has(key) ? [] : waysToThis(child, [...way, key])))
}

/** What a node holds beside its children. */
const aside: ReadonlySet<string> = new Set(["loc", "original", "tokens", "comments", "extra", "errors"])

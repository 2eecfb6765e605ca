/** Which calls give a promise, and which of them nobody waits for. */
import { readTree } from "../forest.ts"
import { functionAround, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site } from "../template.ts"
import {
  around,
  awaited,
  calledName,
  isCall,
  isMember,
  isToolFunction,
  listOf,
  makeAsync,
  memberName,
  swap,
  type Undo
} from "./kit.ts"
import { importsOf } from "./modules.ts"
import { ownModule } from "../own-module.ts"

/** Methods that give promises, by the last name of what they are called on. */
const givers: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    files: /^(resolve|read|write|stat|display|list|remove|append|glob|exists|mkdir)$/,
    exec: /^run$/,
    promises: /./,
    Promise: /^(all|allSettled|race|any|resolve|reject)$/
  })
)

const bodyReaders = /^(json|text|arrayBuffer|blob|formData|bytes)$/

const promiseModules = /^(node:)?(fs|timers|stream|dns|readline)\/promises$/

/** Functions of this file, and names that it imports, that give a promise when called. */
const asyncNames = (site: Site): ReadonlySet<string> => {
  const own = nodesIn(site.program).flatMap((path) => asyncNameOf(path))
  const far = importsOf(site.program).flatMap(({ local, name, specifier }) => {
    if (promiseModules.test(specifier)) return name === "*" || name === "default" ? [] : [local]
    return isAsyncExport(site, specifier, name) ? [local] : []
  })
  return new Set([...own, ...far, "fetch"])
}

const asyncNameOf = ({ node, parent }: NodePath): ReadonlyArray<string> => {
  if (n.CallExpression.check(node) && calledName(node) === "promisify") {
    const holder = parent?.node
    return n.VariableDeclarator.check(holder) && n.Identifier.check(holder.id) ? [String(holder.id.name)] : []
  }
  if (!n.Function.check(node) || node.async !== true || node.generator === true) return []
  const holder = parent?.node
  if (n.VariableDeclarator.check(holder) && n.Identifier.check(holder.id)) return [String(holder.id.name)]
  if ("id" in node && n.Identifier.check(node.id)) return [String(node.id.name)]
  const keyed = "key" in node ? node : holder
  return keyed !== undefined && "key" in keyed && n.Identifier.check(keyed.key) ? [`.${keyed.key.name}`] : []
}

const isAsyncExport = ({ code, file }: Site, specifier: string, name: string): boolean => {
  const path = ownModule(code, file, specifier)
  const tree = path === undefined ? undefined : readTree(code, path)
  if (tree === undefined) return false
  return nodesIn(tree.program).some((one) => {
    const isDefault = name === "default" && n.ExportDefaultDeclaration.check(one.parent?.node)
    if (isDefault) return n.Function.check(one.node) && one.node.async === true
    return asyncNameOf(one).includes(name)
  })
}

const promiseNamespaces = (site: Site): ReadonlySet<string> =>
  new Set(
    importsOf(site.program)
      .filter(({ specifier, name }) => promiseModules.test(specifier) && /^(\*|default)$/.test(name))
      .map(({ local }) => local)
  )

/** Calls in the site's function that give a promise nobody waits for, in the order of the source. */
export const pendingCalls = (site: Site): ReadonlyArray<NodePath> => {
  const names = asyncNames(site)
  const namespaces = promiseNamespaces(site)
  const gives = (node: unknown): boolean => {
    if (!n.CallExpression.check(node) && !n.OptionalCallExpression.check(node)) return false
    const { callee } = node
    if (n.Identifier.check(callee)) return names.has(callee.name)
    const name = memberName(callee)
    if (name === undefined || !isMember(callee) || !("object" in callee)) return false
    const { object } = callee
    const holder = n.Identifier.check(object) ? object.name : (memberName(object) ?? "")
    if (givers.get(holder)?.test(name) === true || namespaces.has(holder) || names.has(`.${name}`)) return true
    return (
      name === "fetch" ||
      (bodyReaders.test(name) && !n.Identifier.check(object)
        ? gives(object) || isAwait(object)
        : bodyReaders.test(name))
    )
  }
  return nodesIn(site.fn ?? site.program).filter((path) => gives(path.node) && !isWaitedFor(path))
}

const isAwait = (node: unknown): boolean => n.AwaitExpression.check(node)

/** It is awaited, handed on as a promise, or answered for by `then`. */
const isWaitedFor = (path: NodePath): boolean => {
  const holder = path.parent?.node
  if (isAwait(holder) || (n.UnaryExpression.check(holder) && holder.operator === "void")) return true
  if (isMember(holder) && path.name === "object") return /^(then|catch|finally)$/.test(memberName(holder) ?? "")
  return around(path).some(({ node }) => isCall(node) && /^(all|allSettled|race|any)$/.test(calledName(node) ?? ""))
}

/** Calls of `map` and the like with an async function: a list of promises. */
export const pendingLists = (site: Site, method: RegExp): ReadonlyArray<NodePath> =>
  nodesIn(site.fn ?? site.program).filter((path) => {
    const [first] = isCall(path.node) ? listOf(path, "arguments") : []
    const isAsync = first !== undefined && n.Function.check(first.node) && first.node.async === true
    return isAsync && method.test(calledName(path.node) ?? "") && !isWaitedFor(path)
  })

/**
 * Puts something that is awaited in an expression's place, and makes the functions around it async: the one that holds
 * it, and where that is a helper of the file, those that call it, which then wait for it.
 *
 * @returns `undefined` where that would change what somebody else gets.
 */
export const waitAt = (path: NodePath, node: unknown, site: Site): (() => Undo) | undefined => {
  const fn = functionAround(path)
  if (fn === undefined) return undefined
  const wait = () => swap(path, awaited(node))
  if (n.Function.check(fn.node) && fn.node.async === true) return wait
  if (isToolFunction(fn)) return () => both(wait(), makeAsync(fn))
  const calls = callsOf(fn, site)
  if (calls === undefined) return undefined
  return () => calls.reduce((undo, call) => both(undo, swap(call, awaited(call.node))), both(wait(), makeAsync(fn)))
}

const both =
  (first: Undo, second: Undo): Undo =>
  () => {
    second()
    first()
  }

/** The calls of a helper, when all its uses are calls in async functions. */
const callsOf = (fn: NodePath, { program }: Site): ReadonlyArray<NodePath> | undefined => {
  const holder = fn.parent?.node
  const id: unknown = n.VariableDeclarator.check(holder) ? holder.id : "id" in fn.node ? fn.node.id : undefined
  if (!n.Identifier.check(id)) return undefined
  const uses = nodesIn(program).filter(({ node }) => n.Identifier.check(node) && node.name === id.name && node !== id)
  const calls = uses.flatMap(({ parent, name }) => (parent && isCall(parent.node) && name === "callee" ? [parent] : []))
  const areFit = calls.every((call: NodePath) => {
    const outer = functionAround(call)
    return outer !== undefined && n.Function.check(outer.node) && outer.node.async === true
  })
  return areFit && calls.length === uses.length && calls.length > 0 && calls.length <= 3 ? calls : undefined
}

/** What the code went through as a list and was none. */
import { type ASTNode, namedTypes, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { bareOf, callAt, isInnermost } from "./reading.ts"
import { codeOf } from "./edit.ts"

/** Calls that go through their first argument. */
const consumers =
  /^(new )?(Map|Set|WeakMap|WeakSet|Array\.from|Object\.(entries|keys|values|fromEntries)|Promise\.(all|allSettled|any|race))$/

export const isLister = (callee: string): boolean => /^Object\.(entries|keys|values)$/.test(callee)

/** @returns `undefined` when several could be meant. */
export const soughtIterable = (site: Site): NodePath | undefined => {
  const { at, failure } = site
  if (at === undefined || !isInnermost(site)) return undefined
  const subject = /^(.+?) is not iterable/.exec(failure.said)?.[1]
  for (let path = at; path?.node !== undefined; path = path.parent) {
    const found = iterated(path)
    const named = found.filter(({ node }) => codeOf(bareOf(node)) === subject)
    if (named.length === 1) return named[0]
    if (found.length === 1) return found[0]
    if (found.length > 1 || namedTypes.Statement.check(path.node) || namedTypes.Function.check(path.node)) break
  }
  const call = callAt(site, (callee) => consumers.test(callee))
  const first: NodePath | undefined = call?.get("arguments", 0)
  // The path of what is not there has the node around it.
  return call === undefined || call.node.arguments.length === 0 ? undefined : first
}

/** What a node goes through. */
const iterated = (path: NodePath): ReadonlyArray<NodePath> => {
  const node: ASTNode = path.node
  if (namedTypes.ForOfStatement.check(node)) return [path.get("right")]
  if (namedTypes.VariableDeclarator.check(node) && namedTypes.ArrayPattern.check(node.id)) return [path.get("init")]
  if (namedTypes.SpreadElement.check(node)) return [path.get("argument")]
  if (namedTypes.ArrayExpression.check(node)) return spreads(path.get("elements"))
  if (!namedTypes.CallExpression.check(node) && !namedTypes.NewExpression.check(node)) return []
  if (consumers.test(codeOf(node.callee))) return node.arguments.length > 0 ? [path.get("arguments", 0)] : []
  return spreads(path.get("arguments"))
}

const spreads = (list: NodePath): ReadonlyArray<NodePath> => {
  const paths: ReadonlyArray<NodePath> = list.map((one: NodePath) => one)
  return paths.filter(({ node }) => namedTypes.SpreadElement.check(node)).map((one) => one.get("argument"))
}

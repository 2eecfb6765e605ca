/** A chain of members and calls as a whole, and what becomes of its value. */
import { namedTypes, type NodePath } from "../syntax.ts"
import { put, type Undo } from "./kit.ts"
import type { Reading } from "./reading.ts"

/** From a link to the end of its chain: of `a.b.c().d` all of it. */
export const chainAround = (link: NodePath): NodePath => {
  for (let at = link; ; at = at.parent) {
    const parent = at.parent?.node
    const goesOn =
      (namedTypes.MemberExpression.check(parent) && parent.object === at.node) ||
      ((parent?.type === "CallExpression" || parent?.type === "OptionalCallExpression") && parent.callee === at.node) ||
      (namedTypes.TSNonNullExpression.check(parent) && parent.expression === at.node)
    if (!goesOn) return at
  }
}

/** Whether `?.` may stand in it: not in what is assigned to, made anew, or a tag. */
export const mayBeOptional = ({ member }: Reading): boolean => {
  if (namedTypes.Super.check(member.node.object)) return false
  const chain = chainAround(member)
  const parent = chain.parent?.node
  if (parent === undefined || namedTypes.TaggedTemplateExpression.check(parent)) return false
  if (namedTypes.NewExpression.check(parent)) return parent.callee !== chain.node
  if (namedTypes.UpdateExpression.check(parent)) return false
  if (namedTypes.ArrayPattern.check(parent) || namedTypes.RestElement.check(parent)) return false
  if (namedTypes.ObjectProperty.check(parent) && namedTypes.ObjectPattern.check(chain.parent.parent?.node)) return false
  return parent.left !== chain.node || isOperator(parent)
}

const isOperator = (node: unknown): boolean =>
  namedTypes.BinaryExpression.check(node) || namedTypes.LogicalExpression.check(node)

/** In place, so that the rest of the chain keeps its lines. */
export const makeOptional = ({ member }: Reading): Undo => put(member.node, "optional", true)

/** Methods that ask their callback a question. */
const askers = /^(filter|some|every|find|findIndex|findLast|findLastIndex)$/

/** Only whether it holds counts: `if (a.b)`, `!a.b`, `a.b > 3`, `xs.filter((x) => x.a.b)`. */
export const isQuestion = (path: NodePath): boolean => {
  const { parent } = path
  const node = parent?.node
  if (node === undefined) return false
  if (node.test === path.node) return !namedTypes.SwitchCase.check(node)
  if (namedTypes.UnaryExpression.check(node)) return node.operator === "!" || node.operator === "typeof"
  if (namedTypes.BinaryExpression.check(node)) return /^([!=]==?|[<>]=?|instanceof)$/.test(node.operator)
  if (namedTypes.LogicalExpression.check(node))
    return (node.operator !== "??" && node.left === path.node) || isQuestion(parent)
  return isAnswerOfAsker(path)
}

const isAnswerOfAsker = (path: NodePath): boolean => {
  const { parent } = path
  const isReturned = namedTypes.ReturnStatement.check(parent?.node)
  const fn = isReturned ? parent.parent?.parent : parent
  if (!namedTypes.Function.check(fn?.node) || (!isReturned && fn.node.body !== path.node)) return false
  const call = fn.parent?.node
  const { callee } = namedTypes.CallExpression.check(call) ? call : {}
  return namedTypes.MemberExpression.check(callee) && namedTypes.Identifier.check(callee.property)
    ? askers.test(callee.property.name)
    : false
}

/** The author has said what is to stand there when nothing is: `a.b.c ?? d`, `a.b.c || d`, `a.b.c?.d`. */
export const hasOwnDefault = (link: NodePath): boolean => {
  const chain = chainAround(link)
  for (let at = link; at !== chain;) {
    at = at.parent
    if ("optional" in at.node && at.node.optional === true) return true
  }
  const parent = chain.parent?.node
  return namedTypes.LogicalExpression.check(parent) && parent.operator !== "&&" && parent.left === chain.node
}

/** Nobody reads it: `a.b.c()` and `await a.b.c()` as statements. */
export const isDiscarded = (path: NodePath): boolean => {
  const parent = path.parent
  if (namedTypes.AwaitExpression.check(parent?.node)) return isDiscarded(parent)
  return namedTypes.ExpressionStatement.check(parent?.node)
}

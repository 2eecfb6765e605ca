/** An operator for its neighbour, where only the result shows that one of them is wrong. */
import { namedTypes as n, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { all, memberName, put, shown } from "./kit.ts"
import { type Edit, isAsked, nodesAround } from "./weighted.ts"

/** Likeliest first. */
const others: Readonly<Record<string, ReadonlyArray<string>>> = {
  "<": ["<=", ">"],
  "<=": ["<", ">="],
  ">": [">=", "<"],
  ">=": [">", "<="],
  "===": ["!=="],
  "!==": ["==="],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||", "??"],
  "||": ["&&", "??"],
  "??": ["||"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["/"],
  "+=": ["-="],
  "-=": ["+="],
  "++": ["--"],
  "--": ["++"]
}

export const otherOperators = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap((path) => [...exchanged(path), ...operandsTurned(path)])

const operatorOf = (node: unknown): string | undefined => {
  if (
    n.BinaryExpression.check(node) ||
    n.LogicalExpression.check(node) ||
    n.AssignmentExpression.check(node) ||
    n.UpdateExpression.check(node)
  )
    return Object.hasOwn(others, node.operator) ? node.operator : undefined
  return undefined
}

const exchanged = (path: NodePath): ReadonlyArray<Edit> => {
  const { node } = path
  const operator = operatorOf(node)
  const isText = n.BinaryExpression.check(node) && operator === "+" && (isTextual(node.left) || isTextual(node.right))
  if (operator === undefined || isText) return []
  return (others[operator] ?? []).map((other, at) => ({
    what: `uses ${other} where ${operator} stood in ${shown(node)}`,
    node,
    weight: weightOf(path, operator, other) + at / 2,
    apply: () => put(node, "operator", other)
  }))
}

const isEnd = (node: unknown): boolean =>
  memberName(node) === "length" || (n.Identifier.check(node) && /^(len|length|size|count|total|end)$/i.test(node.name))

/** Comparisons and conditions go wrong oftener than sums. */
const weightOf = (path: NodePath, operator: string, other: string): number => {
  const { node } = path
  if (n.LogicalExpression.check(node)) {
    if (isAsked(path)) return other === "??" ? 5 : 1.5
    // A value that is made of two by && is seldom meant.
    return operator === "&&" ? (other === "??" ? 0 : 1) : other === "&&" ? 4 : 3
  }
  if (n.BinaryExpression.check(node) && operator === "<=" && other === "<" && isEnd(node.right)) return 0
  if (/^[!=]==?$/.test(operator)) return 1.5
  return /^[<>]/.test(operator) ? 2 : 3
}

const isTextual = (node: unknown): boolean => n.StringLiteral.check(node) || n.TemplateLiteral.check(node)

/** `a - b` for `b - a`. */
const operandsTurned = ({ node }: NodePath): ReadonlyArray<Edit> => {
  if (!n.BinaryExpression.check(node) || !/^[-/%+]$/.test(node.operator)) return []
  const { left, right } = node
  if (node.operator === "+" && !isTextual(left) && !isTextual(right)) return []
  if (n.NumericLiteral.check(left) || n.NumericLiteral.check(right)) return []
  const what = `turns the sides of ${shown(node)}`
  return [{ what, node, weight: 4, apply: () => all(put(node, "left", right), put(node, "right", left)) }]
}

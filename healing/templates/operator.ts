/** An operator for its neighbour, where only the result shows that one of them is wrong. */
import { namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { all, inFunction, put, shown } from "./kit.ts"

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
  "&&": ["||"],
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

/** Most proposals for one function. */
const most = 14

export const operator: Template = {
  name: "operator",
  covers: [],
  tier: "B",
  treats: ({ kind }) => kind === "broken_example" || kind === "broken_promise",
  *propose(site) {
    const paths = inFunction(site, (node) => operatorOf(node) !== undefined)
    const ranked = [0, 1].flatMap((at) => paths.flatMap((path) => exchanged(path, at)))
    const turned = paths.flatMap(operandsTurned)
    yield* [...ranked, ...turned].toSorted((one, other) => weight(one.what) - weight(other.what)).slice(0, most)
  }
}

/** Comparisons and conditions go wrong oftener than sums. */
const weight = (what: string): number => (/^uses ([<>=!]|&&|\|\|)/.test(what) ? 0 : 1)

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

const exchanged = ({ node }: NodePath, at: number): ReadonlyArray<Proposed> => {
  const operator = operatorOf(node)
  const other = operator === undefined ? undefined : others[operator]?.[at]
  const isText = n.BinaryExpression.check(node) && operator === "+" && (isTextual(node.left) || isTextual(node.right))
  if (other === undefined || isText) return []
  return [
    { what: `uses ${other} where ${operator} stood in ${shown(node)}`, apply: () => put(node, "operator", other) }
  ]
}

const isTextual = (node: unknown): boolean => n.StringLiteral.check(node) || n.TemplateLiteral.check(node)

/** `a - b` for `b - a`. */
const operandsTurned = ({ node }: NodePath): ReadonlyArray<Proposed> => {
  if (!n.BinaryExpression.check(node) || !/^[-/%+]$/.test(node.operator)) return []
  const { left, right } = node
  if (node.operator === "+" && !isTextual(left) && !isTextual(right)) return []
  if (n.NumericLiteral.check(left) || n.NumericLiteral.check(right)) return []
  return [
    { what: `turns the sides of ${shown(node)}`, apply: () => all(put(node, "left", right), put(node, "right", left)) }
  ]
}

/** An index or a bound that is one too far or one too near. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { calledName, isCall, listOf, memberName, put, shown, swap } from "./kit.ts"
import { type Edit, nodesAround } from "./weighted.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

export const movedBounds = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap((path) =>
    [boundMoved, lengthIndexed, offsetDropped, startMoved, cutMoved, indexMoved].flatMap((make) => make(path))
  )

const plus = (node: unknown, step: 1 | -1): Expression => {
  const value = node as Expression
  const number = numberOf(value)
  if (number !== undefined) return numeric(number + step)
  if (n.BinaryExpression.check(value) && /^[-+]$/.test(value.operator) && n.NumericLiteral.check(value.right)) {
    const moved = value.right.value + (value.operator === "+" ? step : -step)
    return moved === 0 ? value.left : b.binaryExpression(value.operator, value.left, numeric(moved))
  }
  return b.binaryExpression(step === 1 ? "+" : "-", value, b.numericLiteral(1))
}

const numberOf = (node: unknown): number | undefined => {
  if (n.NumericLiteral.check(node)) return node.value
  const isMinus = n.UnaryExpression.check(node) && node.operator === "-" && n.NumericLiteral.check(node.argument)
  return isMinus && n.NumericLiteral.check(node.argument) ? -node.argument.value : undefined
}

const numeric = (value: number): Expression =>
  value < 0 ? b.unaryExpression("-", b.numericLiteral(-value)) : b.numericLiteral(value)

const stricter: Readonly<Record<string, "<" | "<=" | ">" | ">=">> = { "<=": "<", ">=": ">", "<": "<=", ">": ">=" }

/** `i <= list.length`, alone or with other conditions. */
const boundMoved = ({ node }: NodePath): ReadonlyArray<Edit> => {
  if (!n.ForStatement.check(node) && !n.WhileStatement.check(node)) return []
  return comparisonsIn(node.test).flatMap((test) => {
    const other = n.BinaryExpression.check(test) ? stricter[test.operator] : undefined
    if (!n.BinaryExpression.check(test) || other === undefined) return []
    const what = `ends the loop at ${other} where ${test.operator} stood in ${shown(test)}`
    const weight = test.operator === "<=" ? 0 : 2
    return [{ what, node: test, weight, apply: () => put(test, "operator", other) }]
  })
}

const comparisonsIn = (test: unknown): ReadonlyArray<unknown> =>
  n.LogicalExpression.check(test) ? [test.left, test.right].flatMap(comparisonsIn) : [test]

/** `list[list.length]`. */
const lengthIndexed = ({ node }: NodePath): ReadonlyArray<Edit> => {
  if (!n.MemberExpression.check(node) || node.computed !== true || memberName(node.property) !== "length") return []
  const what = `reads the last of ${shown(node.object)}`
  return [{ what, node, weight: 0, apply: () => put(node, "property", plus(node.property, -1)) }]
}

const isOffset = (node: unknown): boolean =>
  n.BinaryExpression.check(node) &&
  /^[-+]$/.test(node.operator) &&
  n.NumericLiteral.check(node.right) &&
  node.right.value === 1

const offsetDropped = (path: NodePath): ReadonlyArray<Edit> => {
  const { node } = path
  if (!n.BinaryExpression.check(node) || !isOffset(node)) return []
  const turned = node.operator === "+" ? "-" : "+"
  return [
    {
      what: `takes ${shown(node.left)} where ${shown(node)} stood`,
      node,
      weight: 3,
      apply: () => swap(path, node.left)
    },
    { what: `turns the sign in ${shown(node)}`, node, weight: 3.5, apply: () => put(node, "operator", turned) }
  ]
}

/** `for (let i = 1; …)`. */
const startMoved = ({ node }: NodePath): ReadonlyArray<Edit> => {
  if (!n.ForStatement.check(node) || !n.VariableDeclaration.check(node.init)) return []
  return node.init.declarations.flatMap((one) => {
    if (!n.VariableDeclarator.check(one) || !one.init) return []
    const { init } = one
    const isStart = n.NumericLiteral.check(init) || memberName(init) === "length"
    const step = n.NumericLiteral.check(init) && init.value === 0 ? 1 : -1
    if (!isStart) return []
    const moved = plus(init, step)
    const weight = memberName(init) === "length" ? 1 : 4
    return [{ what: `begins the loop at ${shown(moved)}`, node, weight, apply: () => put(one, "init", moved) }]
  })
}

const isCut = (node: unknown): boolean =>
  isCall(node) && /^(slice|substring|splice|at|charAt|repeat|padStart|padEnd)$/.test(calledName(node) ?? "")

const cutMoved = (call: NodePath): ReadonlyArray<Edit> => {
  if (!isCut(call.node)) return []
  return listOf(call, "arguments").flatMap((path) => {
    if (n.StringLiteral.check(path.node) || n.Function.check(path.node) || isOffset(path.node)) return []
    return ([1, -1] as const).map((step) => {
      const moved = plus(path.node, step)
      const what = `counts to ${shown(moved)} in ${shown(call.node)}`
      return { what, node: path.node, weight: 3.5, apply: () => swap(path, moved) }
    })
  })
}

const indexMoved = ({ node }: NodePath): ReadonlyArray<Edit> => {
  if (!n.MemberExpression.check(node) || node.computed !== true) return []
  const { property } = node
  const isIndex =
    n.NumericLiteral.check(property) ||
    (n.Identifier.check(property) && /^(i|j|k|n|index|idx|at|pos|position)$/i.test(property.name))
  if (!isIndex) return []
  return ([-1, 1] as const)
    .filter((step) => !n.NumericLiteral.check(property) || property.value + step >= 0)
    .map((step) => {
      const moved = plus(property, step)
      const what = `reads at ${shown(moved)} in ${shown(node)}`
      return { what, node, weight: 4.5, apply: () => put(node, "property", moved) }
    })
}

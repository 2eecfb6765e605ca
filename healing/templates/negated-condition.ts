/** A condition that says the opposite. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { calledName, put, shown } from "./kit.ts"
import { type Edit, nodesAround } from "./weighted.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

export const negatedConditions = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap((path) => {
    const { node } = path
    if (n.IfStatement.check(node) || n.ConditionalExpression.check(node)) return turned(node, "test")
    if (isAnswer(path)) return turned(node, "body")
    return flipped(path)
  })

const isAnswer = ({ node, parent }: NodePath): boolean =>
  n.ArrowFunctionExpression.check(node) &&
  !n.BlockStatement.check(node.body) &&
  /^(filter|find|findIndex|some|every)$/.test(calledName(parent?.node) ?? "")

const turned = (node: object, key: "test" | "body"): ReadonlyArray<Edit> => {
  const test: unknown = Reflect.get(node, key)
  // Comparisons have an operator that says the opposite, see operator.ts; for a literal see constant-condition.ts.
  if ((n.BinaryExpression.check(test) && /^[!=]==?$/.test(test.operator)) || n.BooleanLiteral.check(test)) return []
  const isNegated = n.UnaryExpression.check(test) && test.operator === "!"
  const other = isNegated ? test.argument : b.unaryExpression("!", test as Expression)
  const what = `asks the opposite of ${shown(test)}`
  return [{ what, node: test, weight: isNegated ? 1.5 : 2, apply: () => put(node, key, other) }]
}

/** A flag that is given back, kept or handed on. */
const flipped = ({ node, parent }: NodePath): ReadonlyArray<Edit> => {
  if (!n.BooleanLiteral.check(node) || n.ObjectProperty.check(parent?.node)) return []
  if (n.IfStatement.check(parent?.node) || n.ConditionalExpression.check(parent?.node)) return []
  const what = `takes ${!node.value} where ${node.value} stood`
  return [{ what, node, weight: 2.5, apply: () => put(node, "value", !node.value) }]
}

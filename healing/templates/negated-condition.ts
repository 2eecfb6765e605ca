/** A condition that says the opposite. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { calledName, inFunction, put, shown } from "./kit.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

/** Most proposals for one function. */
const most = 8

export const negatedCondition: Template = {
  name: "negated-condition",
  covers: [],
  tier: "B",
  treats: ({ kind }) => kind === "broken_example" || kind === "broken_promise",
  *propose(site) {
    const tests = inFunction(site, (node) => n.IfStatement.check(node) || n.ConditionalExpression.check(node)).map(
      ({ node }) => turned(node, "test")
    )
    const asked = inFunction(site, (node) => n.ArrowFunctionExpression.check(node))
      .filter(isAsked)
      .map(({ node }) => turned(node, "body"))
    const flags = inFunction(site, (node) => n.BooleanLiteral.check(node))
      .filter(({ parent }) => !n.ObjectProperty.check(parent?.node))
      .map(flipped)
    yield* [...tests, ...asked, ...flags].flatMap((one) => one ?? []).slice(0, most)
  }
}

const isAsked = ({ node, parent }: NodePath): boolean =>
  n.ArrowFunctionExpression.check(node) &&
  !n.BlockStatement.check(node.body) &&
  /^(filter|find|findIndex|some|every)$/.test(calledName(parent?.node) ?? "")

const turned = (node: object, key: "test" | "body"): Proposed | undefined => {
  const test: unknown = Reflect.get(node, key)
  // Comparisons have an operator that says the opposite: see operator.ts.
  if (n.BinaryExpression.check(test) && /^[!=]==?$/.test(test.operator)) return undefined
  const isNegated = n.UnaryExpression.check(test) && test.operator === "!"
  const other = isNegated ? test.argument : b.unaryExpression("!", test as Expression)
  return { what: `asks the opposite of ${shown(test)}`, apply: () => put(node, key, other) }
}

const flipped = ({ node }: NodePath): Proposed | undefined =>
  n.BooleanLiteral.check(node)
    ? { what: `takes ${!node.value} where ${node.value} stood`, apply: () => put(node, "value", !node.value) }
    : undefined

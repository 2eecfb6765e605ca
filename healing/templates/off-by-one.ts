/** An index or a bound that is one too far or one too near. */
import { builders as b, namedTypes as n, type NodePath } from "../syntax.ts"
import type { Proposed, Template } from "../template.ts"
import { calledName, inFunction, isCall, listOf, memberName, put, shown, swap } from "./kit.ts"

type Expression = NonNullable<Parameters<typeof b.awaitExpression>[0]>

/** Most proposals for one function. */
const most = 12

export const offByOne: Template = {
  name: "off-by-one",
  covers: [27],
  tier: "B",
  treats: ({ kind }) =>
    /^(undefined_access|undefined_set|undefined_destructure|not_a_function|not_iterable|wrong_value|bad_length|bad_number|bad_time|broken_example|broken_promise|hung)$/.test(
      kind
    ),
  *propose(site) {
    const bounds = inFunction(site, (node) => n.ForStatement.check(node) || n.WhileStatement.check(node)).flatMap(
      boundMoved
    )
    const lengths = inFunction(site, (node) => n.MemberExpression.check(node) && node.computed === true).flatMap(
      lengthIndexed
    )
    const isSilent = /^(broken_|hung)/.test(site.failure.kind)
    const offsets = isSilent || site.at !== undefined ? inFunction(site, isOffset).flatMap(offsetDropped) : []
    const starts = inFunction(site, (node) => n.ForStatement.check(node)).flatMap(startMoved)
    const cuts = isSilent ? inFunction(site, isCut).flatMap(cutMoved) : []
    const indexes = inFunction(site, (node) => n.MemberExpression.check(node) && node.computed === true).flatMap(
      indexMoved
    )
    yield* [
      ...bounds,
      ...lengths,
      ...offsets,
      ...starts,
      ...(isSilent || site.at !== undefined ? indexes : []),
      ...cuts
    ].slice(0, most)
  }
}

const plus = (node: unknown, step: 1 | -1): Expression => {
  const value = node as Expression
  if (n.NumericLiteral.check(value) && value.value + step >= 0) return b.numericLiteral(value.value + step)
  return b.binaryExpression(step === 1 ? "+" : "-", value, b.numericLiteral(1))
}

const stricter: Readonly<Record<string, "<" | "<=" | ">" | ">=">> = { "<=": "<", ">=": ">", "<": "<=", ">": ">=" }

/** `i <= list.length`. */
const boundMoved = ({ node }: NodePath): ReadonlyArray<Proposed> => {
  const test: unknown = "test" in node ? node.test : undefined
  if (!n.BinaryExpression.check(test)) return []
  const other = stricter[test.operator]
  return other === undefined
    ? []
    : [
        {
          what: `ends the loop at ${other} where ${test.operator} stood in ${shown(test)}`,
          apply: () => put(test, "operator", other)
        }
      ]
}

/** `list[list.length]`. */
const lengthIndexed = ({ node }: NodePath): ReadonlyArray<Proposed> => {
  if (!n.MemberExpression.check(node) || memberName(node.property) !== "length") return []
  return [
    { what: `reads the last of ${shown(node.object)}`, apply: () => put(node, "property", plus(node.property, -1)) }
  ]
}

const isOffset = (node: unknown): boolean =>
  n.BinaryExpression.check(node) &&
  /^[-+]$/.test(node.operator) &&
  n.NumericLiteral.check(node.right) &&
  node.right.value === 1

const offsetDropped = (path: NodePath): ReadonlyArray<Proposed> => {
  const { node } = path
  if (!n.BinaryExpression.check(node)) return []
  return [
    { what: `takes ${shown(node.left)} where ${shown(node)} stood`, apply: () => swap(path, node.left) },
    { what: `turns the sign in ${shown(node)}`, apply: () => put(node, "operator", node.operator === "+" ? "-" : "+") }
  ]
}

/** `for (let i = 1; …)`. */
const startMoved = ({ node }: NodePath): ReadonlyArray<Proposed> => {
  if (!n.ForStatement.check(node) || !n.VariableDeclaration.check(node.init)) return []
  return node.init.declarations.flatMap((one) => {
    if (!n.VariableDeclarator.check(one) || !one.init) return []
    const { init } = one
    const steps = n.NumericLiteral.check(init)
      ? init.value === 0
        ? [1 as const]
        : [-1 as const]
      : memberName(init) === "length"
        ? [-1 as const]
        : []
    return steps.map((step) => ({
      what: `begins the loop at ${shown(plus(init, step))}`,
      apply: () => put(one, "init", plus(init, step))
    }))
  })
}

const isCut = (node: unknown): boolean =>
  isCall(node) && /^(slice|substring|splice|at|charAt|repeat|padStart|padEnd)$/.test(calledName(node) ?? "")

const cutMoved = (call: NodePath): ReadonlyArray<Proposed> =>
  listOf(call, "arguments").flatMap((path) => {
    const isNumber = !n.StringLiteral.check(path.node) && !n.Function.check(path.node) && !isOffset(path.node)
    return isNumber
      ? ([1, -1] as const).map((step) => ({
          what: `counts to ${shown(plus(path.node, step))} in ${shown(call.node)}`,
          apply: () => swap(path, plus(path.node, step))
        }))
      : []
  })

const indexMoved = ({ node }: NodePath): ReadonlyArray<Proposed> => {
  if (!n.MemberExpression.check(node)) return []
  const { property } = node
  const isIndex =
    n.NumericLiteral.check(property) ||
    (n.Identifier.check(property) && /^(i|j|k|n|index|idx|at|pos|position)$/i.test(property.name))
  if (!isIndex) return []
  return ([-1, 1] as const)
    .filter((step) => !n.NumericLiteral.check(property) || property.value + step >= 0)
    .map((step) => ({
      what: `reads at ${shown(plus(property, step))} in ${shown(node)}`,
      apply: () => put(node, "property", plus(property, step))
    }))
}

/** Whole numbers of any size calculated with plain ones: both made whole, which fails where one is not. */
import type { types } from "recast"
import { namedTypes, type NodePath } from "../syntax.ts"
import type { Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { all, around, put, type Undo } from "./kit.ts"
import { callAt, isInnermost } from "./reading.ts"

export const bigintMix: Template = {
  name: "bigint-mix",
  tier: "B",
  treats: ({ said }) => /^Cannot mix BigInt|^Cannot convert a BigInt value to a number/.test(said),
  *propose(site) {
    if (!isInnermost(site)) return
    if (site.failure.said.startsWith("Cannot mix")) {
      const at = around(site.at).find(({ node }) => isSum(node))
      const node = at?.node
      if (at === undefined || !isSum(node)) return
      const sides = namedTypes.BinaryExpression.check(node) ? (["left", "right"] as const) : (["right"] as const)
      yield {
        what: `calculates \`${codeOf(node)}\` with whole numbers of any size`,
        apply: () => all(...sides.map((side) => put(node, side, expressionOf(whole(at.get(side))))))
      }
      return
    }
    const call = callAt(site, (callee) => /^Math\.(max|min|abs|sign)$/.test(callee))
    if (call === undefined) return
    const given: ReadonlyArray<NodePath> = call.get("arguments").map((one: NodePath) => one)
    if (given.some(({ node }) => namedTypes.SpreadElement.check(node))) return
    yield {
      what: `makes plain numbers of what \`${codeOf(call.node.callee)}\` is given`,
      apply: () =>
        all(
          ...given.map((one): Undo => put(one.parentPath.value, one.name, expressionOf(`Number(${codeOf(one.node)})`)))
        )
    }
  }
}

type Sum = types.namedTypes.BinaryExpression | types.namedTypes.AssignmentExpression

const isSum = (node: unknown): node is Sum =>
  (namedTypes.BinaryExpression.check(node) || namedTypes.AssignmentExpression.check(node)) &&
  /[-+*/%&|^]/.test(node.operator)

const whole = ({ node }: NodePath): string => {
  if (namedTypes.NumericLiteral.check(node) && Number.isSafeInteger(node.value)) return `${node.value}n`
  return namedTypes.BigIntLiteral.check(node) ? codeOf(node) : `BigInt(${codeOf(node)})`
}

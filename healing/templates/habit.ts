/** How the author asks whether something is there: `=== undefined`, `== null`, or the value itself. */
import { namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import { around } from "./kit.ts"
import { isAsked } from "./weighted.ts"

/** What the file does oftenest; `undefined` where it never asks. */
export const habitOf = (path: NodePath): "strict" | "loose" | "bare" | undefined => {
  const nodes = nodesIn(around(path).at(-1) ?? path)
  const compared = (operator: RegExp) => nodes.filter(({ node }) => isCompared(node, operator)).length
  const counts = [
    ["strict", compared(/^[!=]==$/)],
    ["loose", compared(/^[!=]=$/)],
    ["bare", nodes.filter((one) => n.Identifier.check(one.node) && isAsked(one)).length]
  ] as const
  const [most] = counts.toSorted(([, one], [, other]) => other - one)
  return most === undefined || most[1] === 0 ? undefined : most[0]
}

const isCompared = (node: unknown, operator: RegExp): boolean =>
  n.BinaryExpression.check(node) && operator.test(node.operator) && isNothing(node.right)

const isNothing = (node: unknown): boolean =>
  n.NullLiteral.check(node) || (n.Identifier.check(node) && node.name === "undefined")

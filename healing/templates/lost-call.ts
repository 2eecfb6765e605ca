/** A last step that was left out: a result that is not put in order, a text with its blanks. */
import { namedTypes as n, type NodePath } from "../syntax.ts"
import type { Site } from "../template.ts"
import { expressionOf, codeOf } from "./edit.ts"
import { calledName, memberName, shown, swap } from "./kit.ts"
import { type Edit, nodesAround } from "./weighted.ts"

/** What gives a list, and what gives a text. */
const listGivers = /^(map|filter|flatMap|flat|split|keys|values|entries|from|concat|slice|toSorted)$/
const textGivers = /^(join|replace|replaceAll|toLowerCase|toUpperCase|substring|decode|repeat)$/

/** Only the answer tells. */
export const lostCall = (site: Site): ReadonlyArray<Edit> => {
  if (!site.failure.kind.startsWith("broken_")) return []
  return nodesAround(site).flatMap((path) => {
    const name = calledName(path.node)
    if (name === undefined || !isWhole(path)) return []
    const steps = listGivers.test(name)
      ? [".sort()", ".reverse()", ".filter(Boolean)"]
      : textGivers.test(name)
        ? [".trim()"]
        : []
    return steps.map((step) => ({
      what: `adds ${step} to ${shown(path.node)}`,
      node: path.node,
      weight: 5,
      apply: () => swap(path, expressionOf(`${codeOf(path.node)}${step}`))
    }))
  })
}

/** The end of a chain, or all of it but its joining: given back, kept under a name, or gone through. */
const isWhole = ({ node, parent }: NodePath): boolean => {
  const holder: unknown = parent?.node
  if (n.ReturnStatement.check(holder) || n.VariableDeclarator.check(holder)) return true
  if (n.MemberExpression.check(holder)) return holder.object === node && memberName(holder) === "join"
  if (n.ArrowFunctionExpression.check(holder)) return holder.body === node
  return (n.ForOfStatement.check(holder) && holder.right === node) || n.SpreadElement.check(holder)
}

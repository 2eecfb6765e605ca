/** Small edits that examples decide on: each with how likely it is, before anything is known of the failure. */
import { functionAround, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site } from "../template.ts"
import { around } from "./kit.ts"

export interface Edit extends Proposed {
  /** What it changes. */
  readonly node: unknown
  /** 0 for what nobody writes on purpose, more for what is rarer to be wrong. */
  readonly weight: number
}

/** All nodes of the outermost function around the place, or of the whole file where there is none. */
export const nodesAround = (site: Site): ReadonlyArray<NodePath> => nodesIn(wholeFunction(site) ?? site.program)

/** The function that stands in no other: what a callback is given was made outside of it. */
export const wholeFunction = ({ at, fn }: Pick<Site, "at" | "fn">): NodePath | undefined =>
  around(fn ?? functionAround(at)).findLast(({ node }) => n.Function.check(node))

/** Only whether it holds counts: a test, what is negated, what `filter` and its like are told. */
export const isAsked = ({ node, parent }: NodePath): boolean => {
  const holder: unknown = parent?.node
  if (n.LogicalExpression.check(holder) && parent !== undefined) return isAsked(parent)
  if (n.UnaryExpression.check(holder)) return holder.operator === "!"
  return typeof holder === "object" && holder !== null && "test" in holder && holder.test === node
}

/** Whether a name stands for its value: not the name of a member, nor a key. */
export const isReference = ({ node, parent }: NodePath): boolean => {
  const holder: unknown = parent?.node
  if ((n.MemberExpression.check(holder) || n.OptionalMemberExpression.check(holder)) && holder.property === node)
    return holder.computed === true
  return !(
    n.ObjectProperty.check(holder) &&
    holder.key === node &&
    holder.shorthand !== true &&
    holder.computed !== true
  )
}

/** A value that was to stand where none is given: its kind is told by the schema, by what is done with it, by a line like it. */
import { builders as b, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site } from "../template.ts"
import { chainAround } from "./chain.ts"
import { codeOf, eitherOr, expressionOf, mayBracket } from "./edit.ts"
import { memberName, put, shown } from "./kit.ts"
import { neutralOfType } from "./neutral.ts"
import { argumentNamed, inputOf } from "./tool-input.ts"
import { type Edit, isAsked, nodesAround, wholeFunction } from "./weighted.ts"

export const lostDefault = (site: Site): ReadonlyArray<Edit> => [
  ...inputDefaults(site),
  ...nodesAround(site).flatMap((path) => chainDefaults(site, path))
]

/** `({ depth }) =>` of an input that may be left out. */
const inputDefaults = (site: Site): ReadonlyArray<Edit> => {
  const whole = wholeFunction(site)
  const pattern = inputOf(whole)
  if (!n.ObjectPattern.check(pattern)) return []
  return pattern.properties.flatMap((property) => {
    if (!n.ObjectProperty.check(property) || !n.Identifier.check(property.key) || !n.Identifier.check(property.value))
      return []
    const { name } = property.key
    const argument = argumentNamed(site, name)
    const code = argument?.default ?? neutralOfType(argument?.type)?.code
    if (argument?.isOptional !== true || code === undefined || code === "null") return []
    const value = b.assignmentPattern(property.value, expressionOf(code))
    const what = `gives "${name}" the default ${code}`
    return [{ what, node: property, weight: 1.5, apply: () => put(property, "value", value) }]
  })
}

/** `/(\d+)/.exec(line)?.[1]` that goes on as nothing. */
const chainDefaults = (site: Site, path: NodePath): ReadonlyArray<Edit> => {
  const { node } = path
  const isOptional = (n.OptionalMemberExpression.check(node) || n.OptionalCallExpression.check(node)) && node.optional
  if (isOptional !== true) return []
  const chain = chainAround(path)
  const holder: unknown = chain.parent?.node
  const isTaken = n.LogicalExpression.check(holder) && holder.operator !== "&&" && holder.left === chain.node
  if (isTaken || isAsked(chain) || n.ExpressionStatement.check(holder) || !mayBracket(chain)) return []
  if (n.BinaryExpression.check(holder) && /^[!=]==?$/.test(holder.operator)) return []
  const found = [...fallbacksLike(site, chain), ...(memberName(chain.node) === "length" ? ["0"] : []), '""', "0", "[]"]
  return [...new Set(found)].slice(0, 3).map((code, at) => ({
    what: `takes ${code} where ${shown(chain.node)} is nothing`,
    node,
    weight: 1.5 + at / 2,
    apply: () => eitherOr(chain, code)
  }))
}

/** What stands behind chains that end alike. */
const fallbacksLike = ({ program }: Site, chain: NodePath): ReadonlyArray<string> =>
  nodesIn(program).flatMap(({ node }) => {
    const isAlike = n.LogicalExpression.check(node) && node.operator === "??" && endOf(node.left) === endOf(chain.node)
    return isAlike && (n.Literal.check(node.right) || /^(\[\]|\{\})$/.test(codeOf(node.right)))
      ? [codeOf(node.right)]
      : []
  })

const endOf = (node: unknown): string | undefined =>
  n.MemberExpression.check(node) || n.OptionalMemberExpression.check(node) ? codeOf(node.property) : undefined

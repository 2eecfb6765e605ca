/** A method for the one that does the same from the other side. */
import { builders as b, namedTypes as n } from "../syntax.ts"
import type { Site } from "../template.ts"
import { isMember, memberName, put } from "./kit.ts"
import { type Edit, nodesAround } from "./weighted.ts"

const pairs: ReadonlyArray<readonly [string, string]> = [
  ["startsWith", "endsWith"],
  ["toUpperCase", "toLowerCase"],
  ["trimStart", "trimEnd"],
  ["padStart", "padEnd"],
  ["some", "every"],
  ["min", "max"],
  ["floor", "ceil"],
  ["push", "unshift"],
  ["pop", "shift"],
  ["indexOf", "lastIndexOf"],
  ["find", "findLast"],
  ["findIndex", "findLastIndex"],
  ["reduce", "reduceRight"],
  ["keys", "values"],
  ["map", "flatMap"],
  ["filter", "find"],
  ["replace", "replaceAll"],
  ["toSorted", "toReversed"],
  ["sort", "reverse"],
  ["slice", "substring"],
  ["trim", "trimEnd"],
  ["trim", "trimStart"]
]

export const oppositeMethods = (site: Site): ReadonlyArray<Edit> =>
  nodesAround(site).flatMap(({ node }) => {
    if (!isMember(node) || (!n.MemberExpression.check(node) && !n.OptionalMemberExpression.check(node))) return []
    const name = memberName(node)
    const fitting = pairs.filter((pair) => pair.some((one) => one === name))
    const found = fitting.flatMap((pair) => pair.filter((one) => one !== name))
    return found.map((other, at) => ({
      what: `uses ${other} where ${name} stood`,
      node,
      weight: 3 + at / 2,
      apply: () => put(node, "property", b.identifier(other))
    }))
  })

/** A method for the one that does the same from the other side. */
import { builders as b, namedTypes as n } from "../syntax.ts"
import type { Template } from "../template.ts"
import { inFunction, isMember, memberName, put } from "./kit.ts"

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
  ["sort", "reverse"]
]

/** Most proposals for one function. */
const most = 10

export const oppositeMethod: Template = {
  name: "opposite-method",
  covers: [],
  tier: "B",
  treats: ({ kind }) => kind === "broken_example" || kind === "broken_promise",
  *propose(site) {
    const members = inFunction(site, isMember).flatMap(({ node }) => {
      const name = memberName(node)
      const found = pairs
        .filter((pair) => pair.some((one) => one === name))
        .flatMap((pair) => pair.filter((one) => one !== name))
      return found.map((other) => ({ node, name, other }))
    })
    for (const { node, name, other } of members.slice(0, most))
      if (n.MemberExpression.check(node) || n.OptionalMemberExpression.check(node))
        yield { what: `uses ${other} where ${name} stood`, apply: () => put(node, "property", b.identifier(other)) }
  }
}

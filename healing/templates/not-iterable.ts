/** What is gone through as a list and is none: an object's entries or values, a single value, nothing at all. */
import { namedTypes, type NodePath } from "../syntax.ts"
import type { Template } from "../template.ts"
import { codeOf, eitherOr, expressionOf, mayBracket } from "./edit.ts"
import { isLister, soughtIterable } from "./iterable.ts"
import { swap } from "./kit.ts"
import { bareOf } from "./reading.ts"

/** V8 names the kind only here; elsewhere it may be nothing as well. */
const known = /^(number|boolean|bigint|object|function)\b.* is not iterable|^Spread syntax requires/
const single = /^(number|boolean|bigint)\b/

export const notIterable: Template = {
  name: "not-iterable",
  tier: "B",
  treats: ({ name, said }) =>
    name === "TypeError" &&
    / is not iterable|^Spread syntax requires|^Cannot convert undefined or null to object/.test(said),
  *propose(site) {
    const path = soughtIterable(site)
    if (path === undefined || !namedTypes.Expression.check(path.node) || !mayBracket(path)) return
    const text = codeOf(bareOf(path.node))
    const isRecord = isOfObject(path)
    const { said } = site.failure
    if (isRecord || !known.test(said)) {
      const [code, kind] = isRecord ? ["{}", "an empty object"] : ["[]", "an empty list"]
      yield {
        what: `goes through ${code} where "${text}" is not there`,
        invents: `${kind} stood in for "${text}"`,
        apply: () => eitherOr(path, code)
      }
    }
    if (isRecord || said.startsWith("undefined is not")) return
    if (single.test(said)) {
      yield { what: `goes through "${text}" as the only one`, apply: () => swap(path, expressionOf(`[${text}]`)) }
      return
    }
    const part = takesPairs(path) ? "entries" : "values"
    yield {
      what: `goes through the ${part} of the object "${text}"`,
      apply: () => swap(path, expressionOf(`Object.${part}(${text})`))
    }
  }
}

const isOfObject = ({ parent }: NodePath): boolean =>
  namedTypes.CallExpression.check(parent?.node) && isLister(codeOf(parent.node.callee))

/** `for (const [key, value] of x)`, `new Map(x)`. */
const takesPairs = ({ parent }: NodePath): boolean => {
  const node = parent?.node
  if (namedTypes.NewExpression.check(node)) return /^(Weak)?Map$/.test(codeOf(node.callee))
  if (namedTypes.CallExpression.check(node)) return codeOf(node.callee) === "Object.fromEntries"
  if (!namedTypes.ForOfStatement.check(node) || !namedTypes.VariableDeclaration.check(node.left)) return false
  const [first] = node.left.declarations
  return namedTypes.VariableDeclarator.check(first) && namedTypes.ArrayPattern.check(first.id)
}

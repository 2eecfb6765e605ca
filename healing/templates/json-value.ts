/** What JSON cannot say: a value that holds itself, and whole numbers beyond the exact ones. */
import { namedTypes, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { expressionOf } from "./edit.ts"
import { insert, put } from "./kit.ts"
import { callAt } from "./reading.ts"

export const jsonValue: Template = {
  name: "json-value",
  tier: "B",
  treats: ({ said }) => /^Converting circular structure|^Do not know how to serialize a BigInt/.test(said),
  *propose(site) {
    const call = callAt(site, (callee) => callee === "JSON.stringify")
    if (call === undefined || !mayHaveReplacer(call)) return
    const isCircular = site.failure.said.startsWith("Converting")
    const replacer = isCircular ? withoutCircles(site) : withoutBigInts(site)
    yield {
      what: isCircular ? "leaves out what holds itself" : "writes whole numbers of any size as text",
      ...(isCircular ? { invents: '"[Circular]" stood in for each value that holds itself' } : {}),
      apply: withReplacer(call, replacer)
    }
  }
}

const mayHaveReplacer = ({ node }: NodePath): boolean => {
  if (!namedTypes.CallExpression.check(node)) return false
  const [value, replacer] = node.arguments
  if (value === undefined || namedTypes.SpreadElement.check(value)) return false
  return replacer === undefined || namedTypes.NullLiteral.check(replacer) || isUndefined(replacer)
}

const isUndefined = (node: unknown): boolean => namedTypes.Identifier.check(node) && node.name === "undefined"

const withReplacer =
  ({ node }: NodePath, code: string): Proposed["apply"] =>
  () => {
    const given: Array<unknown> = namedTypes.CallExpression.check(node) ? node.arguments : []
    const replacer = expressionOf(code)
    return given.length > 1 ? put(given, 1, replacer) : insert(given, 1, replacer)
  }

const isTyped = ({ file }: Site): boolean => /\.[cm]?ts$/.test(file)

/** Only what holds itself, not what is there twice: `above` is the way from the whole down to `this`. */
const withoutCircles = (site: Site): string => {
  const [above, parameters] = isTyped(site)
    ? ["(above: Array<unknown>)", "this: unknown, _key: string, value: unknown"]
    : ["(above)", "_key, value"]
  return `(${above} => function (${parameters}) {
  if (typeof value !== "object" || value === null) return value
  while (above.length > 0 && above.at(-1) !== this) above.pop()
  if (above.includes(value)) return "[Circular]"
  above.push(value)
  return value
})([])`
}

const withoutBigInts = (site: Site): string =>
  `(${isTyped(site) ? "_key: string, value: unknown" : "_key, value"}) => (typeof value === "bigint" ? value.toString() : value)`

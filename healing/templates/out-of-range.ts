/** Impossible sizes, and lists of nothing that are added up. */
import { namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, expressionOf } from "./edit.ts"
import { calledName, insert, swap } from "./kit.ts"
import { neutrals, type Neutral } from "./neutral.ts"
import { callAt, isInnermost } from "./reading.ts"
import { argumentOf } from "./tool-input.ts"

export const outOfRange: Template = {
  name: "out-of-range",
  tier: "B",
  treats: ({ said }) =>
    /^Invalid (array length|count value)|^Reduce of empty array|^to(Fixed|Precision)\(\) /.test(said),
  *propose(site) {
    const { said } = site.failure
    if (said.startsWith("Reduce")) yield* initial(site)
    else yield* clamped(site)
  }
}

function* clamped(site: Site): Iterable<Proposed> {
  const size = sizeAt(site)
  // An argument is as it is meant: an honest no is better than another number.
  if (size === undefined || argumentOf(site, size) !== undefined) return
  const text = codeOf(size.node)
  const most = /between (\d+) and (\d+)/.exec(site.failure.said)
  const code = most === null ? `Math.max(0, ${whole(size)})` : `Math.min(${most[2]}, Math.max(${most[1]}, ${text}))`
  // What is left to fill is nothing when it is already full: that is what a difference means there.
  const isRest = namedTypes.BinaryExpression.check(size.node) && size.node.operator === "-" && most === null
  yield {
    what: `takes \`${code}\` where \`${text}\` stood`,
    ...(isRest ? {} : { invents: `the nearest possible size stood in for \`${text}\`` }),
    apply: () => swap(size, expressionOf(code))
  }
}

/** A text takes part of a count, a list does not. */
const whole = (size: NodePath): string => {
  const text = codeOf(size.node)
  return namedTypes.NewExpression.check(size.parent?.node) ? `Math.ceil(${text})` : text
}

const sizeAt = (site: Site): NodePath | undefined => {
  const { at, failure } = site
  if (failure.said.startsWith("Invalid array length") && namedTypes.AssignmentExpression.check(at?.node))
    return isInnermost(site) && codeOf(at.node.left).endsWith(".length") ? at.get("right") : undefined
  const wanted = failure.said.startsWith("Invalid array length") ? /^(Array)$/ : /^(repeat|toFixed|toPrecision)$/
  const call = callAt(site, (_, node) => wanted.test(calledName(node) ?? ""))
  if (call === undefined || call.node.arguments.length !== 1) return undefined
  return call.get("arguments", 0)
}

/** What a sum of nothing is, by how two of them are added up. */
function* initial(site: Site): Iterable<Proposed> {
  const call = callAt(site, (_, node) => /^reduce(Right)?$/.test(calledName(node) ?? ""))
  if (call === undefined || call.node.arguments.length !== 1) return
  const callback: NodePath = call.get("arguments", 0)
  const neutral = sumOfNothing(callback)
  if (neutral === undefined) return
  const given: Array<unknown> = call.node.arguments
  yield {
    what: `begins with ${neutral.code} when there is nothing to add up`,
    invents: `${neutral.words} stood in for the sum of an empty list`,
    apply: () => insert(given, 1, expressionOf(neutral.code))
  }
}

const one: Neutral = { code: "1", words: "1" }

const sumOfNothing = (callback: NodePath): Neutral | undefined => {
  if (!namedTypes.Function.check(callback.node)) return undefined
  const result = resultOf(callback)
  if (namedTypes.ObjectExpression.check(result)) return neutrals.record
  if (namedTypes.ArrayExpression.check(result)) return neutrals.list
  if (namedTypes.TemplateLiteral.check(result)) return neutrals.text
  if (namedTypes.CallExpression.check(result) && calledName(result) === "concat") return neutrals.list
  if (!namedTypes.BinaryExpression.check(result)) return undefined
  if (result.operator === "*") return one
  if (result.operator !== "+") return undefined
  const isText = nodesIn(callback).some(
    ({ node }) => namedTypes.StringLiteral.check(node) || namedTypes.TemplateLiteral.check(node)
  )
  return isText ? neutrals.text : neutrals.zero
}

const resultOf = (callback: NodePath): unknown => {
  const body = namedTypes.Function.check(callback.node) ? callback.node.body : undefined
  if (!namedTypes.BlockStatement.check(body)) return body
  const last = body.body.at(-1)
  return namedTypes.ReturnStatement.check(last) ? last.argument : undefined
}

/** An honest failure in place of a crash, for an argument that the schema admits and the code cannot serve. */
import { functionAround, namedTypes, type NodePath, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, insertBefore, isListed, statementAround } from "./edit.ts"
import { calledName } from "./kit.ts"
import { neutralByUse, neutralOfType } from "./neutral.ts"
import { callAt, isInnermost, isPlain, readingAt } from "./reading.ts"
import { soughtIterable } from "./iterable.ts"
import { type Argument, argumentOf, executeAround } from "./tool-input.ts"

export const typedFailure: Template = {
  name: "typed-failure",
  tier: "B",
  treats: ({ errorClass, kind }) => errorClass !== "cancelled" && !/^(missing_|hung|heap|memory)/.test(kind),
  *propose(site) {
    if (!isInnermost(site)) return
    const object = readingAt(site)?.object ?? soughtIterable(site) ?? givenNothing(site)
    if (object !== undefined) yield* leftOut(site, object)
    yield* notServed(site)
  }
}

/** The argument of a call that Node refused because it is not there. */
const givenNothing = (site: Site): NodePath | undefined => {
  if (site.failure.code !== "ERR_INVALID_ARG_TYPE" || !site.failure.said.endsWith("Received undefined"))
    return undefined
  const call = callAt(site, () => true)
  const given: ReadonlyArray<NodePath> = call?.get("arguments").map((one: NodePath) => one) ?? []
  const found = given.filter((one) => argumentOf(site, one)?.isOptional === true)
  return found.length === 1 ? found[0] : undefined
}

/** Where the tool's own function can say so before the statement. */
const sayBefore = (path: NodePath): NodePath | undefined => {
  const statement = statementAround(path)
  const isOwn = functionAround(path)?.node === executeAround(path)?.node
  return isOwn && statement !== undefined && isListed(statement) ? statement : undefined
}

function* leftOut(site: Site, object: NodePath): Iterable<Proposed> {
  const argument = argumentOf(site, object)
  const statement = sayBefore(object)
  // What has a neutral value can do without; see default-input.
  if (
    argument !== undefined &&
    site.failure.name === "TypeError" &&
    site.failure.code === undefined &&
    hasNeutral(argument, object)
  )
    return
  if (
    argument?.isOptional !== true ||
    argument.default !== undefined ||
    statement === undefined ||
    !isPlain(object.node)
  )
    return
  const test = `${codeOf(object.node)} == null`
  yield {
    what: `fails honestly when "${argument.name}" is left out`,
    apply: () => insertBefore(statement, `if (${test}) ${failure(argument, "is needed for this and was left out")}`)
  }
}

const hasNeutral = ({ type }: Argument, object: NodePath): boolean =>
  (neutralOfType(type) ?? neutralByUse(object)) !== undefined

const failure = ({ name }: Argument, what: string): string =>
  `return { success: false, errorClass: "invalid_arguments", error: ${JSON.stringify(`"${name}" ${what}`)} }`

/** Does nothing but give a value or refuse what it is given, so it can be asked first. */
const askable =
  /^(RegExp|URL|URLSearchParams|Date|BigInt|decodeURIComponent|decodeURI|toISOString|repeat|toFixed|toPrecision|normalize|Array|fromCodePoint|DateTimeFormat|NumberFormat|format|isEncoding|TextDecoder)$/

/** A value of a kind that the schema does not rule out: a pattern that is none, a time that is none. */
function* notServed(site: Site): Iterable<Proposed> {
  const call = callAt(site, (_, node) => askable.test(calledName(node) ?? ""))
  const statement = call === undefined ? undefined : sayBefore(call)
  if (call === undefined || statement === undefined) return
  const argument = onlyArgument(site, call)
  const code = codeOf(call.node)
  const isSize = /^(repeat|Array|toFixed|toPrecision)$/.test(calledName(call.node) ?? "")
  if (isSize && argumentOf(site, call.get("arguments", 0)) === undefined) return
  if (argument === undefined || /\bawait\b|=>|\bfunction\b/.test(code)) return
  const ask = `try { ${namedTypes.NewExpression.check(call.node) ? "" : "void "}${code} } catch (error) {
  return { success: false, errorClass: "invalid_arguments", error: ${JSON.stringify(`"${argument.name}" cannot be used: `)} + (error instanceof Error ? error.message : String(error)) }
}`
  yield {
    what: `fails honestly when "${argument.name}" is nothing that \`${calledName(call.node)}\` can use`,
    apply: () => insertBefore(statement, ask)
  }
}

/** The one argument of the tool that a call depends on, when it depends on plain values. */
const onlyArgument = (site: Site, call: NodePath): Argument | undefined => {
  const inner = nodesIn(call).filter(({ node }) => node !== call.node)
  if (inner.some(({ node }) => namedTypes.CallExpression.check(node))) return undefined
  const found = new Map(inner.flatMap((path) => argumentOf(site, path) ?? []).map((one) => [one.name, one]))
  return found.size === 1 ? [...found.values()][0] : undefined
}

/** An argument that may be left out and was: its schema's own default, else the neutral value of its kind, named as made up. */
import { builders, functionAround, namedTypes, type NodePath } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { codeOf, eitherOr, expressionOf, mayBracket } from "./edit.ts"
import { all, put, swap } from "./kit.ts"
import { neutralByUse, neutralOfAnnotation, neutralOfType, neutrals } from "./neutral.ts"
import { bareOf, readingAt, isInnermost } from "./reading.ts"
import { type Argument, argumentNamed, argumentOf, executeAround, patternProperty } from "./tool-input.ts"
import { soughtIterable } from "./iterable.ts"

const broken = /^Cannot (read|destructure)|is not iterable|^Cannot convert undefined or null to object/

export const defaultInput: Template = {
  name: "default-input",
  tier: "B",
  treats: ({ name, said }) => name === "TypeError" && broken.test(said) && /\bundefined\b|not iterable/.test(said),
  *propose(site) {
    const object = readingAt(site)?.object ?? soughtIterable(site)
    const argument = object === undefined ? undefined : argumentOf(site, object)
    if (object !== undefined && argument?.isOptional === true) yield* withDefault(object, argument)
    else if (object !== undefined) yield* withParameterDefault(site, object)
    yield* withPatternDefault(site)
  }
}

function* withDefault(object: NodePath, argument: Argument): Iterable<Proposed> {
  const neutral = neutralOfType(argument.type) ?? neutralByUse(object)
  const code = argument.default ?? neutral?.code
  if (code === undefined || code === "null") return
  const made: Pick<Proposed, "tier" | "invents"> =
    argument.default === undefined
      ? { invents: `${neutral?.words ?? code} stood in for "${argument.name}", which was left out` }
      : { tier: "A" }
  const what = `gives "${argument.name}" ${argument.default === undefined ? "a" : "its schema's"} default, ${code}`
  const local = bareOf(object.node)
  const property = namedTypes.Identifier.check(local) ? patternProperty(executeAround(object), local.name) : undefined
  if (property !== undefined) {
    yield { what, ...made, apply: () => swap(property, patternWith(property, code)) }
    return
  }
  if (namedTypes.Identifier.check(local) || !mayBracket(object)) return
  yield { what, ...made, apply: () => eitherOr(object, code) }
}

/** A helper's parameter that its callers may leave out, as its type says; or that they left out, whatever it says. */
function* withParameterDefault(site: Site, object: NodePath): Iterable<Proposed> {
  const local = bareOf(object.node)
  const fn = functionAround(object)
  if (!namedTypes.Identifier.check(local) || fn === undefined || fn.node === executeAround(object)?.node) return
  if (!namedTypes.Function.check(fn.node)) return
  const index = fn.node.params.findIndex((one) => namedTypes.Identifier.check(one) && one.name === local.name)
  const parameter = fn.node.params[index]
  if (!namedTypes.Identifier.check(parameter)) return
  const typed = neutralOfAnnotation(parameter.typeAnnotation ?? undefined)
  // One that is not declared as optional is only known to be when its kind is.
  if (parameter.optional !== true && typed === undefined) return
  const neutral = typed ?? neutralByUse(object) ?? neutrals.record
  const path: NodePath = fn.get("params", index)
  yield {
    what: `gives the parameter "${local.name}" a default, ${neutral.code}`,
    // Its type tells the kind, and examples whether it is right.
    ...(typed !== undefined && site.hasExamples === true
      ? {}
      : { invents: `${neutral.words} stood in for "${local.name}", which was left out` }),
    apply: () => {
      const optional = parameter.optional === true ? put(parameter, "optional", false) : () => undefined
      return all(optional, swap(path, patternWith(path, neutral.code)))
    }
  }
}

/** What is taken apart and was not there: `({ a }) =>` called with nothing, `{ a: { b } }` without a, `const { a } = b.c`. */
function* withPatternDefault(site: Site): Iterable<Proposed> {
  const path = patternAt(site)
  if (path === undefined || !namedTypes.ObjectPattern.check(path.node) || !mayBeAbsent(site, path)) return
  const names = path.node.properties.map((one) => codeOf(one))
  const isWhole = path.node.properties.every(
    (one) => namedTypes.ObjectProperty.check(one) && namedTypes.AssignmentPattern.check(one.value)
  )
  const { parent } = path
  const init: NodePath | undefined = namedTypes.VariableDeclarator.check(parent?.node) ? parent.get("init") : undefined
  yield {
    what: `gives { ${names.join(", ")} } a default, {}`,
    ...(isWhole ? {} : { invents: `an empty object stood in for what { ${names.join(", ")} } is taken from` }),
    apply: () => (init === undefined ? swap(path, patternWith(path, "{}")) : eitherOr(init, "{}"))
  }
}

/** The pattern whose value is not there. */
const patternAt = (site: Site): NodePath | undefined => {
  if (!isInnermost(site)) return undefined
  for (let path = site.at; path?.node !== undefined; path = path.parent) {
    if (namedTypes.ObjectPattern.check(path.node)) return path
    if (namedTypes.Function.check(path.node)) return undefined
  }
  return undefined
}

/** The tool's own input is always there, and a part of it only when the schema says so; null has no default. */
const mayBeAbsent = (site: Site, path: NodePath): boolean => {
  const holder = path.parent?.node
  if (namedTypes.AssignmentPattern.check(holder)) return false
  if (namedTypes.VariableDeclarator.check(holder)) return holder.init !== null && holder.init !== undefined
  if (!/\bundefined\b/.test(site.failure.said)) return false
  const input = executeAround(path)?.get("params", 0)
  if (namedTypes.Function.check(holder)) return path.node !== input?.node
  if (!namedTypes.ObjectProperty.check(holder)) return false
  const isOfInput = path.parent.parent?.node === input?.node
  const { key } = holder
  return !isOfInput || (namedTypes.Identifier.check(key) && argumentNamed(site, key.name)?.isOptional === true)
}

const patternWith = (path: NodePath, code: string): unknown => {
  const left = path.node
  const right = expressionOf(code)
  if (!namedTypes.Identifier.check(left) && !namedTypes.ObjectPattern.check(left)) return left
  return builders.assignmentPattern(left, right)
}

/**
 * Puts a value where an attribute is missing: the plugin's declared default, else an empty one of the kind that the
 * plugin's own source uses. On the one object whose `this` it is, and never where presence or a name decides who may what.
 */
import * as Effect from "effect/Effect"
import { distance } from "fastest-levenshtein"
import type { Failure } from "./failure.ts"
import { forestOf } from "./forest.ts"
import { missingAttribute } from "./patch/attribute.ts"
import { declaredDefault } from "./patch/defaults.ts"
import { inferred, type Inferred } from "./patch/infer.ts"
import { attributesOf, memberOf, membersOf, type Owner, ownerOf } from "./patch/owner.ts"
import { isGate, isMeaningful } from "./patch/refused.ts"
import type { Patient } from "./patient.ts"
import { type Heal, type NeutralValue, NotApplicable, RepairFailed, type Strategy } from "./strategy.ts"
import { keyOf, nodeAt } from "./syntax.ts"

const kinds: ReadonlySet<string> = new Set([
  "undefined_access",
  "undefined_set",
  "undefined_destructure",
  "undefined_object",
  "not_a_function",
  "not_iterable"
])

export const patch: Strategy = {
  name: "patch",
  mend: (patient) =>
    Effect.suspend(() => {
      const result = mended(patient)
      return "remedy" in result ? Effect.succeed(result) : Effect.fail(result)
    })
}

const mended = (patient: Patient): Heal | NotApplicable | RepairFailed => {
  const found = missing(patient)
  if ("_tag" in found) return found
  const { key, owner } = found
  const whose = owner.target.type === "tool" ? `tool ${owner.target.tool}` : `plugin ${patient.plugin}`
  const name = `this.${key} of ${whose}`
  if (isGate(key)) return refused(`${name} decides by its name who may do what, and nothing stands in for that`)
  const declared =
    owner.target.type === "plugin" && patient.code ? declaredDefault(key, owner.holders, patient.code) : undefined
  const uses = attributesOf(owner)
  const kind = inferred(
    uses.filter((one) => one.key === key),
    owner,
    patient.failure.property
  )
  if (declared !== undefined) {
    if (!serves(declared.value, kind)) return refused(`the declared default of ${name} is not what the code uses it as`)
    return healOf(
      owner,
      key,
      { kind: "json", value: declared.value },
      `${name} was missing; its declared default stands in`
    )
  }
  if (guards(owner))
    return refused(`${name} may decide what the plugin's guard denies, so only a declared default may stand in`)
  if (kind.type === "tested")
    return refused(`the code asks whether ${name} is there, so a value would decide something`)
  if (kind.type === "unclear") return notFor(`nothing is declared for ${name}: ${kind.reason}`)
  const similar = namesOf(
    owner,
    uses.map((one) => one.key)
  ).find((one) => isNear(one, key))
  if (similar !== undefined) return notFor(`${name} may be a misspelling of ${similar}`)
  const loss = `${words[kind.kind]} stands in for ${name}`
  return healOf(owner, key, { kind: kind.kind }, `${name} was missing; ${words[kind.kind]} stands in`, loss)
}

/** The missing attribute, as the tree has it at the place where it broke, and whose it is. */
const missing = (patient: Patient): { readonly key: string; readonly owner: Owner } | NotApplicable | RepairFailed => {
  const { failure, code, hook } = patient
  const [frame] = failure.frames
  if (!kinds.has(failure.kind)) return notFor("no attribute is missing")
  if (isMeaningful(failure.property ?? "")) return refused(`${quoted(failure)} is a name with a meaning of its own`)
  if (code === undefined || frame === undefined) return notFor("there is no source to look at")
  const forest = forestOf(code)
  const tree = forest(frame.file)
  if (tree === undefined) return notFor("it broke outside the plugin's own code")
  const at = nodeAt(tree.program, frame.line, frame.column)
  const attribute = at === undefined ? undefined : missingAttribute(at, failure)
  if (at === undefined || attribute === undefined)
    return notFor("what is missing is no attribute of this, or the source does not agree with the message")
  const { key } = attribute
  if (isMeaningful(key)) return refused(`${JSON.stringify(key)} is a name with a meaning of its own`)
  if (hook?.kind === "guard") return refused(`${hook.name} is a guard, and a guard that fails denies`)
  const owner = ownerOf(attribute.path, tree, code, forest)
  return owner === undefined
    ? notFor(`this.${key} belongs neither to the plugin's instance nor to a tool`)
    : { key, owner }
}

const healOf = (owner: Owner, key: string, value: NeutralValue, summary: string, loss?: string): Heal => ({
  strategy: "patch",
  state: loss === undefined ? "provisional" : "degraded",
  summary,
  degraded: loss === undefined ? [] : [loss],
  proof: [],
  remedy: { type: "inject", injection: { target: owner.target, key, value } },
  origin: loss === undefined ? "declared default" : "inferred from its uses"
})

const words = {
  list: "an empty list",
  record: "an empty object",
  map: "an empty map",
  set: "an empty set",
  count: "a count of 0",
  text: "an empty text",
  noop: "a function that does nothing"
} as const

/** Whether a declared value can be what the code does with it. */
const serves = (value: unknown, use: Inferred): boolean => {
  if (value === null || typeof value === "boolean") return false
  if (use.type !== "kind") return true
  switch (use.kind) {
    case "list":
      return Array.isArray(value)
    case "record":
      return typeof value === "object" && !Array.isArray(value)
    case "text":
      return typeof value === "string"
    case "count":
      return typeof value === "number"
    default:
      return false
  }
}

/** The host's one hook that may deny. What it looks at is not invented. */
const guards = ({ target, holders }: Owner): boolean =>
  target.type === "plugin" && holders.some(({ path }) => memberOf(path, "beforeToolExecute") !== undefined)

const namesOf = ({ holders }: Owner, used: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...holders.flatMap(({ path }) => membersOf(path).flatMap(({ node }) => keyOf(node) ?? [])),
  ...used
]

/** One letter in four may differ: then it is a slip of the pen, and another strategy's craft. */
const isNear = (one: string, key: string): boolean => one !== key && distance(one, key) <= Math.floor(key.length / 4)

const quoted = ({ property }: Failure): string => JSON.stringify(property)

const notFor = (reason: string): NotApplicable => new NotApplicable({ reason })

const refused = (reason: string): RepairFailed => new RepairFailed({ reason })

/** Checks what supervisors are given: each complaint names the field, what was expected and what was there. */
import * as Effect from "effect/Effect"
import type { ChildKind, Restart } from "./child.ts"
import type { Strategy, SupervisorSpec } from "./supervisor-spec.ts"

type AutoShutdown = NonNullable<SupervisorSpec["autoShutdown"]>

interface Rule {
  readonly expected: string
  readonly isFine: (value: unknown) => boolean
}

type Rules = Readonly<Record<string, Rule>>

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const words = <Word extends string>(all: Readonly<Record<Word, true>>): Rule => ({
  expected: `one of ${Object.keys(all).join(", ")}`,
  isFine: (value) => typeof value === "string" && Object.hasOwn(all, value)
})

const optional = ({ expected, isFine }: Rule): Rule => ({
  expected,
  isFine: (value) => value === undefined || isFine(value)
})

const isFunction: Rule = { expected: "a function", isFine: (value) => typeof value === "function" }
const amount: Rule = { expected: "a number, 0 or more", isFine: isNumber }

const id: Rule = {
  expected: "1 to 128 letters, digits or ._:#@-",
  isFine: (value) => typeof value === "string" && /^[A-Za-z0-9._:#@-]{1,128}$/.test(value)
}

const childRules: Rules = {
  id,
  start: { expected: "an Effect", isFine: Effect.isEffect },
  restart: optional(words<Restart>({ permanent: true, transient: true, temporary: true })),
  shutdown: optional({
    expected: "milliseconds (0 or more), kill or infinity",
    isFine: (value) => value === "kill" || value === "infinity" || isNumber(value)
  }),
  significant: optional({ expected: "true or false", isFine: (value) => typeof value === "boolean" }),
  startWithin: optional({
    expected: "milliseconds (more than 0) or infinity",
    isFine: (value) => value === "infinity" || (isNumber(value) && value > 0)
  }),
  kind: optional(
    words<ChildKind>({
      worker: true,
      supervisor: true,
      runtime: true,
      plugin: true,
      host: true,
      tool: true,
      lane: true,
      healer: true,
      agent: true,
      server: true
    })
  ),
  onEnd: optional(isFunction),
  kill: optional(isFunction),
  facts: optional(isFunction)
}

const supervisorRules: Rules = {
  id,
  strategy: optional(words<Strategy>({ one_for_one: true, one_for_all: true, rest_for_one: true, dynamic: true })),
  budget: optional({
    expected: "{ max: a whole number, 0 or more; seconds: more than 0 }",
    isFine: (value) =>
      isObject(value) &&
      Number.isSafeInteger(value["max"]) &&
      isNumber(value["max"]) &&
      isNumber(value["seconds"]) &&
      value["seconds"] > 0
  }),
  exceeded: optional(words<NonNullable<SupervisorSpec["exceeded"]>>({ escalate: true, quarantine: true })),
  autoShutdown: optional(words<AutoShutdown>({ never: true, any_significant: true, all_significant: true })),
  backoff: optional({
    expected: "{ base?, cap?, quiet? } in milliseconds, 0 or more",
    isFine: (value) => isObject(value) && ["base", "cap", "quiet"].every((key) => optional(amount).isFine(value[key]))
  }),
  children: optional({ expected: "a list of child specs", isFine: Array.isArray })
}

/** What is wrong with a child spec, for a supervisor with this `autoShutdown`. */
export const childProblem = (spec: unknown, autoShutdown: AutoShutdown): string | undefined => {
  if (!isObject(spec)) return `a child spec must be an object with id and start, not ${shown(spec)}`
  const name = `child ${shown(spec["id"])}`
  const problem = broken(spec, childRules)
  if (problem !== undefined) return `${name}: ${problem}`
  if (spec["significant"] !== true) return undefined
  if ((spec["restart"] ?? "permanent") === "permanent")
    return `${name}: a significant child must be transient or temporary; a permanent one never ends by itself`
  return autoShutdown === "never"
    ? `${name}: significant needs a supervisor with autoShutdown any_significant or all_significant`
    : undefined
}

/** What is wrong with a supervisor spec, its children included. */
export const supervisorProblem = (spec: unknown): string | undefined => {
  const problem = settingsProblem(spec)
  if (problem !== undefined || !isObject(spec)) return problem
  return spec["strategy"] === "dynamic" && childrenOf(spec).length > 0
    ? `supervisor ${shown(spec["id"])}: children must be left out with strategy dynamic; add them with startChild`
    : undefined
}

/** The same for a change; there a dynamic supervisor's children may be named. */
export const settingsProblem = (spec: unknown): string | undefined => {
  if (!isObject(spec)) return `a supervisor spec must be an object with an id, not ${shown(spec)}`
  const name = `supervisor ${shown(spec["id"])}`
  const problem = broken(spec, supervisorRules)
  if (problem !== undefined) return `${name}: ${problem}`
  const auto = autoShutdownOf(spec["autoShutdown"])
  if (spec["strategy"] === "dynamic" && auto !== "never")
    return `${name}: autoShutdown must be never with strategy dynamic`
  const children = childrenOf(spec)
  const wrong = children.map((child) => childProblem(child, auto)).find((text) => text !== undefined)
  if (wrong !== undefined) return `${name}: ${wrong}`
  const twice = firstTwice(children.map((child) => (isObject(child) ? child["id"] : undefined)))
  return twice === undefined ? undefined : `${name}: children must have an id each; ${shown(twice)} stands twice`
}

const childrenOf = (spec: Readonly<Record<string, unknown>>): ReadonlyArray<unknown> =>
  Array.isArray(spec["children"]) ? spec["children"] : []

const autoShutdownOf = (value: unknown): AutoShutdown =>
  value === "any_significant" || value === "all_significant" ? value : "never"

const firstTwice = (ids: ReadonlyArray<unknown>): unknown => {
  const seen = new Set<unknown>()
  return ids.find((each) => seen.size === seen.add(each).size)
}

const broken = (spec: Readonly<Record<string, unknown>>, rules: Rules): string | undefined => {
  const wrong = Object.entries(rules).find(([field, { isFine }]) => !isFine(spec[field]))
  return wrong === undefined ? undefined : `${wrong[0]} must be ${wrong[1].expected}, not ${shown(spec[wrong[0]])}`
}

const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  return typeof value === "function" ? "a function" : String(value)
}

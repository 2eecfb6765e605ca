/** Stands in for a hook that a plugin says it has and has not: a no-op with the neutral value of its contract. */
import * as Effect from "effect/Effect"
import { NotApplicable, RepairFailed, type Strategy } from "./strategy.ts"
import { lossOf } from "./wrap.ts"

export const stub: Strategy = {
  name: "stub",
  mend: ({ plugin, hook, failure }) => {
    if (failure.kind !== "missing_hook" || hook === undefined)
      return Effect.fail(new NotApplicable({ reason: "no hook is missing" }))
    if (hook.kind === "guard" || hook.required) {
      const why = hook.kind === "guard" ? "is a guard: nobody may permit in its place" : "is required"
      const reason = `loading is refused: plugin ${plugin} declares ${hook.name}, which ${why}; write the method or take it out of hooks`
      return Effect.fail(new RepairFailed({ reason }))
    }
    const loss = lossOf(hook, plugin)
    return Effect.sync(() => ({
      strategy: "stub",
      state: "degraded",
      summary: `${hook.name} is declared by plugin ${plugin} and missing; it is stubbed: ${loss}`,
      degraded: [loss],
      proof: [],
      remedy: { type: "stub", hook: hook.name, value: hook.neutral(undefined) }
    }))
  }
}

/** @returns those that are declared and not there, once each, in the order in which they are declared. */
export const missingHooks = (declared: ReadonlyArray<string>, present: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(declared)].filter((name) => !present.includes(name))

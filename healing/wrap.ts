/** Answers for a hook that failed, with the neutral value of its contract, and names what is missing because of it. */
import * as Effect from "effect/Effect"
import type { HookContract } from "./hook.ts"
import { NotApplicable, RepairFailed, type Strategy } from "./strategy.ts"

export const wrap: Strategy = {
  name: "wrap",
  mend: ({ plugin, hook, hookInput, failure }) => {
    if (hook === undefined) return Effect.fail(new NotApplicable({ reason: "no hook failed" }))
    if (failure.kind === "missing_hook")
      return Effect.fail(new NotApplicable({ reason: `the hook ${hook.name} did not fail, it is missing` }))
    if (failure.kind === "cancelled")
      return Effect.fail(new NotApplicable({ reason: "it was cancelled, and a cancellation is not to be caught" }))
    if (hook.kind === "guard")
      return Effect.fail(new RepairFailed({ reason: `${hook.name} is a guard, and a guard that fails denies` }))
    const loss = lossOf(hook, plugin)
    return Effect.sync(() => ({
      strategy: "wrap",
      state: "degraded",
      summary: `${hook.name} of plugin ${plugin} failed and was answered for: ${loss}`,
      degraded: [loss],
      proof: [],
      remedy: { type: "answer", value: hook.neutral(hookInput) }
    }))
  }
}

/** What is missing when a hook is answered for, one line. */
export const lossOf = ({ name, kind }: HookContract, plugin: string): string => {
  if (kind === "source") return `what ${name} of plugin ${plugin} adds is missing`
  if (kind === "filter") return `what ${name} of plugin ${plugin} would have changed is unchanged`
  return `what ${name} of plugin ${plugin} does is not done`
}

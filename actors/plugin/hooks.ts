/**
 * A plugin's hooks, called so that none of them can hurt: each in its time, behind a breaker, and wrapped. What fails is
 * answered for with the hook's neutral value and shown; a guard that fails denies.
 */
import * as Effect from "effect/Effect"
import { diagnose, type Failure } from "../../healing/failure.ts"
import { wrap } from "../../healing/wrap.ts"
import { type HookContract, hookContracts, type HookName, type ToolAttempt } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import { type Answer, refuse } from "../../plugins/tool.ts"
import { type Breaker, makeBreaker } from "../kernel/breaker.ts"

export interface PluginHooks {
  readonly has: (hook: HookName) => boolean
  /** Its place among those that have the hook: higher before lower. */
  readonly priority: (hook: HookName) => number
  /** What the hook gives, `undefined` when it has none. Fails with the failure, which has been told. */
  readonly ask: (hook: HookName, input: unknown) => Effect.Effect<unknown, Failure>
  /** The input as it may go on. Fails with why the call is refused. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<unknown, Answer>
}

export interface HookParts {
  /** Of the plugin. */
  readonly name: string
  readonly plugin: () => Plugin | undefined
  /** Milliseconds for one call of a hook. */
  readonly time: number
  /** A hook failed; `losses` says what is missing because of it. */
  readonly onFailed: (hook: HookContract, failure: Failure, losses: ReadonlyArray<string>, input: unknown) => void
}

/** Failures in a row after which a hook is not called for a while, and how long: it is answered for at once meanwhile. */
const limits = { failures: 3, openFor: 30_000 }

export const pluginHooks = ({ name, plugin, time, onFailed }: HookParts): PluginHooks => {
  const breakers = new Map<string, Breaker>()
  const breakerOf = (hook: string): Breaker => {
    const known = breakers.get(hook) ?? makeBreaker({ name: `${hook} of plugin ${name}`, ...limits })
    breakers.set(hook, known)
    return known
  }

  /** What the hook gave; fails with the failure, which has been told. */
  const called = (hook: HookContract, input: unknown, call: () => unknown): Effect.Effect<unknown, Failure> =>
    breakerOf(hook.name)
      .protect(
        Effect.tryPromise({ try: async () => call(), catch: (error) => error }).pipe(
          Effect.timeoutOrElse({ duration: time, orElse: () => Effect.fail(tooSlow(hook.name, time)) }),
          Effect.catch((error) =>
            Effect.flatMap(wrapped(name, hook, diagnose(error), input), ({ failure, losses }) => {
              onFailed(hook, failure, losses, input)
              return Effect.fail(failure)
            })
          )
        )
      )
      .pipe(Effect.catchTag("BreakerOpen", ({ message }) => Effect.fail(diagnose(new Error(message)))))

  const ask: PluginHooks["ask"] = (name, input) =>
    Effect.suspend(() => {
      const known = plugin()
      const hook: ((input: never) => unknown) | undefined = known?.[name]
      // What it is handed is the caller's to know.
      return hook === undefined
        ? Effect.succeed(undefined)
        : called(hookContracts[name], input, () => Reflect.apply(hook, known, [input]))
    })

  const guard: PluginHooks["guard"] = (attempt) =>
    Effect.suspend(() => {
      const known = plugin()
      const { input } = attempt
      if (known?.beforeToolExecute === undefined) return Effect.succeed(input)
      const asking = called(hookContracts.beforeToolExecute, attempt, async () =>
        verdictOf(await known.beforeToolExecute?.(attempt))
      )
      return asking.pipe(
        Effect.mapError(({ said }) => closed(name, `it failed: ${said}`)),
        Effect.flatMap((verdict) => {
          const { deny, input: changed } = (verdict ?? {}) as { readonly deny?: string; readonly input?: unknown } // read by verdictOf
          if (deny !== undefined) return Effect.fail(refuse("permission_denied", `plugin ${name} denies it: ${deny}`))
          return Effect.succeed(changed === undefined ? input : changed)
        })
      )
    })

  const priority: PluginHooks["priority"] = (hook) => {
    const { priority = 0 } = plugin() ?? {}
    return typeof priority === "number" ? priority : (priority[hook] ?? 0)
  }

  return { has: (hook) => plugin()?.[hook] !== undefined, priority, ask, guard }
}

/** What the strategy says of it: the losses that its neutral value is. A guard has none: its failure is a denial. */
const wrapped = (plugin: string, hook: HookContract, failure: Failure, hookInput: unknown) =>
  wrap.mend({ plugin, hook, hookInput, failure, recorded: [] }).pipe(
    Effect.map(({ degraded }) => ({ failure, losses: degraded })),
    Effect.catch(({ reason }) => Effect.succeed({ failure, losses: [reason] }))
  )

/** The call is refused because nobody can say that it may run. */
export const closed = (plugin: string, why: string): Answer =>
  refuse(
    "permission_denied",
    `plugin ${plugin} guards every call, and ${why}. A guard that fails denies; tell the user, who can mend or remove it.`
  )

const tooSlow = (hook: string, time: number): Error =>
  Object.assign(new Error(`${hook} took longer than ${time / 1000} s`), { name: "TimeoutError" })

/** @throws TypeError for what is no answer of a guard: what cannot be understood does not permit. */
const verdictOf = (value: unknown): object | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value !== "object") throw new TypeError(`beforeToolExecute must return nothing, { deny } or { input }`)
  if ("deny" in value && typeof value.deny === "string") return { deny: value.deny }
  if ("input" in value && !("deny" in value)) return { input: value.input }
  throw new TypeError("beforeToolExecute must return nothing, { deny: why } or { input }")
}

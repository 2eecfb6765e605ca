/**
 * A plugin's hooks, called so that none of them can hurt: each in its time, behind a breaker, what it gives read field by
 * field. What fails is answered for with the hook's neutral value and shown; a guard that fails denies.
 */
import * as Effect from "effect/Effect"
import { diagnose, type Failure } from "../../healing/failure.ts"
import { wrap } from "../../healing/wrap.ts"
import {
  type HookContract,
  hookContracts,
  type HookName,
  type HookOf,
  type MessageAttempt,
  type ToolAttempt
} from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import { type Answer, refuse } from "../../plugins/tool.ts"
import { type Breaker, makeBreaker } from "../kernel/breaker.ts"
import { hookQueue } from "./hook-queue.ts"
import { type Admission, readResult, type Verdict } from "./hook-results.ts"

export interface PluginHooks {
  /** Also when its code does not run yet, as long as it is known what it brings. */
  readonly has: (hook: HookName) => boolean
  /** Its place among those that have the hook: higher before lower. */
  readonly priority: (hook: HookName) => number
  /** What the hook gives, read; `undefined` when it has none or says nothing. Fails with the failure, which has been told. */
  readonly ask: (hook: HookName, input: unknown) => Effect.Effect<unknown, Failure>
  /** Told after what it was told before. Nobody waits. */
  readonly tell: (hook: HookName, input: unknown) => void
  /** Resolves when it has heard all that it was told, or cannot. */
  readonly heard: () => Promise<void>
  /** It is told nothing more. */
  readonly close: () => void
  /** What it leaves of the input, and what it says of it. Fails with why the call is refused. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<GuardSaid, Answer>
  /** What it adds to a message. Fails with why the message is refused. */
  readonly admit: (attempt: MessageAttempt) => Effect.Effect<string | undefined, Answer>
  /** A hook failed where somebody else called it: it counts like any failure of it. */
  readonly failed: (hook: HookName, error: unknown) => void
}

export interface HookParts {
  /** Of the plugin. */
  readonly name: string
  /** As it runs, or as it is known before it does. */
  readonly plugin: () => Plugin | undefined
  /** Resolves when its code runs, which it begins if need be; fails when it is out of use. */
  readonly ready: Effect.Effect<unknown, unknown>
  /** Milliseconds for one call of a hook of which it does not say otherwise. */
  readonly time: number
  /** It comes with the program, and may give the user's leave beforehand. Default false. */
  readonly isOurs?: boolean
  /** A hook failed; `losses` says what is missing because of it. */
  readonly onFailed: (hook: HookContract, failure: Failure, losses: ReadonlyArray<string>, input: unknown) => void
  /** It goes on, with something missing. */
  readonly degrade: (reason: string) => void
}

/** Failures in a row after which a hook is not called for a while, and how long: it is answered for at once meanwhile. */
const limits = { failures: 3, openFor: 30_000 }

/** What one guard says of a call. */
export interface GuardSaid {
  readonly input: unknown
  readonly ask?: string
  readonly allow?: string
}

interface Caller {
  /** What it gives, read; fails with the failure, which has been told. @param left Milliseconds it has. */
  readonly call: (hook: HookName, input: unknown, left: number) => Effect.Effect<unknown, Failure>
  readonly failed: (hook: HookName, error: unknown, input: unknown) => Effect.Effect<Failure>
}

/** Calls hooks of code that is there. */
const caller = ({ name, plugin, time, isOurs = false, onFailed }: HookParts): Caller => {
  const breakers = new Map<string, Breaker>()
  const breakerOf = (hook: string): Breaker => {
    const known = breakers.get(hook) ?? makeBreaker({ name: `${hook} of plugin ${name}`, ...limits })
    breakers.set(hook, known)
    return known
  }

  const failed: Caller["failed"] = (hook, error, input) =>
    Effect.map(wrapped(name, hookContracts[hook], diagnose(error), input), ({ failure, losses }) => {
      onFailed(hookContracts[hook], failure, losses, input)
      return failure
    })

  const call: Caller["call"] = (hook, input, left) => {
    const known = plugin()
    const method: ((input: never) => unknown) | undefined = known?.[hook]
    if (method === undefined) return Effect.succeed(undefined)
    const asking = Effect.tryPromise({
      // What it is handed is the caller's to know.
      try: async () => {
        const said = readResult(hook, await Reflect.apply(method, known, [input]), input, name)
        if (hook === "beforeToolExecute" && !isOurs) mayNotAllow(said as Verdict | undefined) // read as one
        return said
      },
      catch: (error) => error
    })
    return breakerOf(hook)
      .protect(
        Effect.timeoutOrElse(asking, {
          duration: left,
          orElse: () => Effect.fail(tooSlow(hook, timeOf(known, hook, time)))
        }).pipe(Effect.catch((error) => Effect.flatMap(failed(hook, error, input), Effect.fail)))
      )
      .pipe(Effect.catchTag("BreakerOpen", ({ message }) => Effect.fail(diagnose(new Error(message)))))
  }
  return { call, failed }
}

/** Milliseconds that a hook has. */
const timeOf = (plugin: Plugin | undefined, hook: HookName, time: number): number => {
  try {
    const own = plugin?.live?.hookTime?.(hook)
    return own !== undefined && own > 0 && own <= longest ? own : time
  } catch {
    return time
  }
}

/** Milliseconds that a timer can wait for. */
const longest = 2 ** 31 - 1

/** @throws TypeError: nobody but the user gives leave, and what comes with the program where the user has said so there. */
const mayNotAllow = (said: Verdict | undefined): void => {
  if (said !== undefined && "allow" in said)
    throw new TypeError("beforeToolExecute gives { allow }, which only plugins that come with the program may")
}

export const pluginHooks = (parts: HookParts): PluginHooks => {
  const { name, plugin, ready, degrade } = parts
  const timed = (hook: HookName): number => timeOf(plugin(), hook, parts.time)
  const { call, failed } = caller(parts)
  const has: PluginHooks["has"] = (hook) => {
    const known = plugin()
    return known?.[hook] !== undefined && known.live?.listens?.(hook) !== false
  }

  /** Waits for its code in the time that the hook has. That it is not there is no failure of the hook. */
  const ask: PluginHooks["ask"] = (hook, input) =>
    Effect.suspend(() => {
      if (!has(hook)) return Effect.succeed(undefined)
      const asked = performance.now()
      const time = timed(hook)
      const late = () => {
        degrade(`its ${hook} was not asked: its code was not there within ${time / 1000} s`)
        return Effect.fail(new Error("its code was not there in time"))
      }
      return Effect.timeoutOrElse(ready, { duration: time, orElse: late }).pipe(
        Effect.mapError((error) => diagnose(error)),
        Effect.flatMap(() => call(hook, input, Math.max(1, time - (performance.now() - asked))))
      )
    })

  const queue = hookQueue({
    // Here nobody waits, so it may take its time to be there.
    say: (hook, input) =>
      Effect.runPromise(
        Effect.ignoreCause(
          Effect.andThen(
            ready,
            Effect.suspend(() => call(hook, input, timed(hook)))
          )
        )
      ),
    onDropped: (hook) => degrade(`it hears more slowly than it is told; ${hook} and more of its hooks were left out`)
  })

  const priority: PluginHooks["priority"] = (hook) => {
    const { priority = 0 } = plugin() ?? {}
    return typeof priority === "number" ? priority : (priority[hook] ?? 0)
  }

  return {
    ...queue,
    has,
    priority,
    ask,
    guard: (attempt) => guarded(name, attempt, ask("beforeToolExecute", attempt)),
    admit: (attempt) => admitted(name, ask("beforeUserMessage", attempt)),
    failed: (hook, error) => void Effect.runFork(failed(hook, error, undefined))
  }
}

/** What comes of a guard's word. Whatever goes wrong with it denies. */
const guarded = (
  name: string,
  { input }: ToolAttempt,
  asking: Effect.Effect<unknown, Failure>
): Effect.Effect<GuardSaid, Answer> =>
  asking.pipe(
    Effect.mapError(({ said }) => closed(name, "beforeToolExecute", `it failed: ${said}`)),
    Effect.flatMap((said) => {
      const verdict = said as Verdict | undefined // read as one
      if (verdict === undefined) return Effect.succeed({ input })
      if (!("deny" in verdict)) return Effect.succeed({ input, ...verdict })
      return Effect.fail(refuse("permission_denied", `plugin ${name} denies it: ${verdict.deny}`))
    })
  )

/** The same of a message. */
const admitted = (name: string, asking: Effect.Effect<unknown, Failure>): Effect.Effect<string | undefined, Answer> =>
  asking.pipe(
    Effect.mapError(({ said }) => closed(name, "beforeUserMessage", `it failed: ${said}`)),
    Effect.flatMap((said) => {
      const word = said as Admission | undefined // read as one
      if (word === undefined) return Effect.succeed(undefined)
      if ("context" in word) return Effect.succeed(word.context)
      return Effect.fail(refuse("permission_denied", `plugin ${name} refuses what you said: ${word.deny}`))
    })
  )

/** What the strategy says of it: the losses that its neutral value is. A guard has none: its failure is a denial. */
const wrapped = (plugin: string, hook: HookContract, failure: Failure, hookInput: unknown) =>
  wrap.mend({ plugin, hook, hookInput, failure, recorded: [] }).pipe(
    Effect.map(({ degraded }) => ({ failure, losses: degraded })),
    Effect.catch(({ reason }) => Effect.succeed({ failure, losses: [reason] }))
  )

/** It is refused because nobody can say that it may go on. */
export const closed = (plugin: string, hook: HookOf<"guard">, why: string): Answer =>
  refuse(
    "permission_denied",
    hook === "beforeToolExecute"
      ? `plugin ${plugin} guards every call, and ${why}. A guard that fails denies; tell the user, who can mend or remove it.`
      : `plugin ${plugin} guards every message, and ${why}. A guard that fails refuses; mend or remove it (kintsugi plugin doctor ${plugin}).`
  )

const tooSlow = (hook: string, time: number): Error =>
  Object.assign(new Error(`${hook} took longer than ${time / 1000} s`), { name: "TimeoutError" })

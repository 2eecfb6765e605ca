/** What a plugin has to say before a call or a message: its guard's word, or, where it was meant to guard and cannot, a no. */
import * as Effect from "effect/Effect"
import type { HookOf, MessageAttempt, ToolAttempt } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import { closed, type GuardSaid, type PluginHooks, pluginHooks } from "./hooks.ts"

export interface GuardParts {
  readonly name: string
  readonly plugin: () => Plugin | undefined
  readonly hooks: Pick<PluginHooks, "has" | "guard" | "admit">
  /** Why it is not loaded. */
  readonly obstacle: () => string | undefined
  /** Whether it, its package, or its code as it was before says that it guards. unknown: its code has never run. */
  readonly knowledge: (hook: HookOf<"guard">) => "none" | "promised" | "unknown"
  /** Begun, and running or failed for the first time. */
  readonly begun: Effect.Effect<void>
  /** Milliseconds for that. */
  readonly time: number
}

export interface Guard {
  /** Whether it has, or may have, a say. */
  readonly guards: (hook: HookOf<"guard">) => boolean
  /** The input as it may go on, as far as this plugin has a say. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<GuardSaid, Answer>
  /** What it adds to a message, as far as it has a say. */
  readonly admit: (attempt: MessageAttempt) => Effect.Effect<string | undefined, Answer>
}

export const guardOf = (parts: GuardParts): Guard => {
  const { name, plugin, hooks, obstacle, knowledge, begun, time } = parts
  // Waited for once: one that is never done with starting would delay every call of every session.
  const patience = Effect.runSync(Effect.cached(Effect.timeoutOption(begun, time)))

  /** @param asked Its word. @param pass What stands for it where it has no say. */
  const said = <A>(hook: HookOf<"guard">, asked: Effect.Effect<A, Answer>, pass: A): Effect.Effect<A, Answer> => {
    const decided = Effect.suspend((): Effect.Effect<A, Answer> => {
      const known = plugin()
      if (known?.[hook] !== undefined) return asked
      // What could never be loaded, and nobody ever called a guard, keeps nobody from working.
      if (knowledge(hook) !== "promised") return Effect.succeed(pass)
      const why = obstacle()
      if (why !== undefined) return Effect.fail(closed(name, hook, `it is not loaded: ${why}`))
      return Effect.fail(closed(name, hook, known === undefined ? "it has not been loaded" : "its guard is missing"))
    })
    return Effect.suspend(() => {
      // Its code may be on its way, and what it brings is known when it is there.
      const isLate = plugin() === undefined && knowledge(hook) !== "none"
      return isLate ? Effect.andThen(patience, decided) : decided
    })
  }

  return {
    guards: (hook) => {
      const known = plugin()
      if (known?.[hook] !== undefined) return hooks.has(hook)
      const knows = knowledge(hook)
      return knows === "promised" || (known === undefined && knows === "unknown")
    },
    guard: (attempt) => said("beforeToolExecute", hooks.guard(attempt), { input: attempt.input }),
    admit: (attempt) => said("beforeUserMessage", hooks.admit(attempt), undefined)
  }
}

interface Listening extends Guard {
  readonly name: string
  readonly hooks: PluginHooks
}

/** Stands in for guards of which there is nothing that could be loaded. @param declared The hooks that its package promises. */
export const denier = (name: string, declared: ReadonlyArray<string>, reason: string): Listening => {
  const hooks = pluginHooks({
    name,
    plugin: () => undefined,
    time: 0,
    onFailed: () => {},
    ready: Effect.void,
    degrade: () => {}
  })
  const guards: Guard["guards"] = (hook) => declared.includes(hook)
  const said = <A>(hook: HookOf<"guard">, pass: A): Effect.Effect<A, Answer> =>
    guards(hook) ? Effect.fail(closed(name, hook, `it is broken: ${reason}`)) : Effect.succeed(pass)
  return {
    name,
    hooks,
    guards,
    guard: ({ input }) => said("beforeToolExecute", { input }),
    admit: () => said("beforeUserMessage", undefined)
  }
}

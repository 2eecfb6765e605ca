/** What a plugin has to say before a call: its guard's word, or, where it was meant to guard and cannot, a no. */
import * as Effect from "effect/Effect"
import type { ToolAttempt } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Listener } from "./hook-bus.ts"
import { closed, type PluginHooks, pluginHooks } from "./hooks.ts"

export interface GuardParts {
  readonly name: string
  readonly plugin: () => Plugin | undefined
  readonly hooks: Pick<PluginHooks, "guard">
  /** Why it is not loaded. */
  readonly obstacle: () => string | undefined
  /** Whether it, its package, or its code as it was before says that it guards. unknown: its code has never run. */
  readonly knowledge: () => "none" | "promised" | "unknown"
  /** Begun, and running or failed for the first time. */
  readonly begun: Effect.Effect<void>
  /** Milliseconds for that. */
  readonly time: number
}

export const guardOf = (parts: GuardParts): ((attempt: ToolAttempt) => Effect.Effect<unknown, Answer>) => {
  const { name, plugin, hooks, obstacle, knowledge, begun, time } = parts
  // Waited for once: one that is never done with starting would delay every call of every session.
  const patience = Effect.runSync(Effect.cached(Effect.timeoutOption(begun, time)))
  const decided = (attempt: ToolAttempt) =>
    Effect.suspend((): Effect.Effect<unknown, Answer> => {
      const known = plugin()
      if (known?.beforeToolExecute !== undefined) return hooks.guard(attempt)
      // What could never be loaded, and nobody ever called a guard, keeps nobody from working.
      if (knowledge() !== "promised") return Effect.succeed(attempt.input)
      const why = obstacle()
      if (why !== undefined) return Effect.fail(closed(name, `it is not loaded: ${why}`))
      return Effect.fail(closed(name, known === undefined ? "it has not been loaded" : "its guard is missing"))
    })
  return (attempt) =>
    Effect.suspend(() => {
      // Its code may be on its way, and what it brings is known when it is there.
      const isLate = plugin() === undefined && knowledge() !== "none"
      return isLate ? Effect.andThen(patience, decided(attempt)) : decided(attempt)
    })
}

/** Stands in for a guard of which there is nothing that could be loaded. */
export const denier = (name: string, reason: string): Listener => {
  const { guard: _, ...hooks } = pluginHooks({
    name,
    plugin: () => undefined,
    time: 0,
    onFailed: () => {},
    ready: Effect.void,
    degrade: () => {}
  })
  const guard = () => Effect.fail(closed(name, `it is broken: ${reason}`))
  return { name, hooks: { ...hooks, guard }, guard }
}

/** What is said of a plugin in its slot: its own state, what keeps it from being loaded, or that it takes its time. */
import * as Effect from "effect/Effect"
import type { Subject } from "rxjs"
import type { PluginState } from "../health.ts"
import type { Slot } from "./slot-parts.ts"

export interface Condition {
  /** `broken`: something keeps it from being loaded. */
  readonly state: PluginState | "broken"
  /** Empty when it is healthy. */
  readonly reason: string
}

export interface Conditions {
  readonly of: (slot: Slot) => Condition
  /** A session did not wait for its start any longer. */
  readonly late: (slot: Slot) => void
}

export const conditions = (
  hindranceOf: (slot: Slot) => string | undefined,
  changes: Pick<Subject<void>, "next">
): Conditions => {
  const lateOnes = new Set<Slot>()
  return {
    of: (slot) => {
      const [plugin, why] = [slot.made(), hindranceOf(slot)]
      if (why !== undefined) return { state: "broken", reason: `it ${why}` }
      if (lateOnes.has(slot)) return { state: "degraded", reason: "it is still being started" }
      return plugin === undefined
        ? { state: "healthy", reason: "" }
        : { state: plugin.state(), reason: plugin.reason() }
    },
    late: (slot) => {
      lateOnes.add(slot)
      const there = Effect.sync(() => {
        lateOnes.delete(slot)
        changes.next()
      })
      Effect.runFork(Effect.andThen(slot.begun, there))
      changes.next()
    }
  }
}

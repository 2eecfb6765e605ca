/** The time of one call: it passes while the call waits for its plugin, is checked and runs, and stands while the user is asked. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

export interface CallTime {
  /** Milliseconds in all; `undefined`: its tool keeps its own time. */
  readonly limit: number | undefined
  /** Milliseconds left, at least 1. */
  readonly left: Effect.Effect<number | undefined>
  readonly stop: Effect.Effect<void>
  readonly go: Effect.Effect<void>
  /** What does not end in time, and so many milliseconds beyond, fails with `late`. Where the time stands it may go on. */
  readonly within: <A, E, Late>(effect: Effect.Effect<A, E>, late: Late, grace?: number) => Effect.Effect<A, E | Late>
}

/** It passes from now on. */
export const callTime = (limit: number | undefined): Effect.Effect<CallTime> =>
  Effect.map(Clock.currentTimeMillis, (begun) => {
    let spent = 0
    let since: number | undefined = begun
    const waiting = new Set<() => void>()
    const passed = (now: number) => spent + (since === undefined ? 0 : now - since)
    const left = Effect.map(Clock.currentTimeMillis, (now) =>
      limit === undefined ? undefined : Math.max(1, limit - passed(now))
    )
    const toGo = Effect.callback<void>((resume) => {
      const goes = () => resume(Effect.void)
      waiting.add(goes)
      return Effect.sync(() => void waiting.delete(goes))
    })
    const over = (most: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        since === undefined
          ? Effect.andThen(toGo, over(most))
          : Effect.andThen(Effect.sleep(Math.max(1, most - passed(now))), unlessOver(most))
      )
    /** It may have stood for a while in between. */
    const unlessOver = (most: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => (passed(now) < most ? over(most) : Effect.void))
    return {
      limit,
      left,
      stop: Effect.map(Clock.currentTimeMillis, (now) => {
        spent = passed(now)
        since = undefined
      }),
      go: Effect.map(Clock.currentTimeMillis, (now) => {
        since ??= now
        for (const goes of waiting) goes()
        waiting.clear()
      }),
      within: (effect, late, grace = 0) =>
        limit === undefined
          ? effect
          : Effect.raceFirst(
              effect,
              Effect.flatMap(over(limit + grace), () => Effect.fail(late))
            )
    }
  })

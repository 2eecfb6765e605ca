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
  /** What does not end in time, and so many milliseconds beyond, fails with `late`. */
  readonly within: <A, E, Late>(effect: Effect.Effect<A, E>, late: Late, grace?: number) => Effect.Effect<A, E | Late>
}

/** It passes from now on. */
export const callTime = (limit: number | undefined): Effect.Effect<CallTime> =>
  Effect.map(Clock.currentTimeMillis, (begun) => {
    let spent = 0
    let since: number | undefined = begun
    const passed = (now: number) => spent + (since === undefined ? 0 : now - since)
    const left = Effect.map(Clock.currentTimeMillis, (now) =>
      limit === undefined ? undefined : Math.max(1, limit - passed(now))
    )
    return {
      limit,
      left,
      stop: Effect.map(Clock.currentTimeMillis, (now) => {
        spent = passed(now)
        since = undefined
      }),
      go: Effect.map(Clock.currentTimeMillis, (now) => void (since ??= now)),
      within: (effect, late, grace = 0) =>
        Effect.flatMap(left, (most) =>
          most === undefined
            ? effect
            : Effect.timeoutOrElse(effect, { duration: most + grace, orElse: () => Effect.fail(late) })
        )
    }
  })

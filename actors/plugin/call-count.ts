/** Calls under way, for whoever has to wait for their end. */
import * as Effect from "effect/Effect"

export interface CallCount {
  readonly counted: <A>(call: Effect.Effect<A>) => Effect.Effect<A>
  /** Resolves when none is under way, or so many milliseconds have passed. */
  readonly quiet: (milliseconds: number) => Promise<void>
}

export const callCount = (): CallCount => {
  let open = 0
  const waiting = new Set<() => void>()
  const left = Effect.sync(() => {
    open -= 1
    if (open === 0) for (const go of waiting) go()
  })
  return {
    counted: (call) =>
      Effect.suspend(() => {
        open += 1
        return Effect.ensuring(call, left)
      }),
    quiet: async (milliseconds) => {
      if (open === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, milliseconds)
      waiting.add(resolve)
      await promise
      waiting.delete(resolve)
      clearTimeout(timer)
    }
  }
}

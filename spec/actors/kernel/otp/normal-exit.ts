/** What follows when a child comes to its end by itself. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { group } from "./case.ts"
import { counts, endOf, states, supervise } from "./stage.ts"

export const normalExit = group("normal exit", (it) => {
  it.effect(
    "permanent_normal",
    "a permanent child is started again, and that counts towards the budget",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const child = worker("a")
        yield* supervisor.startChild(child.spec)
        yield* child.end
        expect(child.lives()).toBe(2)
        expect(child.reasons).toEqual([])
        expect(states(supervisor)).toEqual(["a running"])
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        yield* child.end
        expect(child.lives()).toBe(3)
        yield* child.end
        expect(yield* endOf(supervisor)).toMatchObject({ kind: "exhausted" })
      })
  )

  it.effect("transient_normal", "a transient child stays ended and keeps its spec", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "transient" })
      yield* supervisor.startChild(child.spec)
      yield* child.end
      expect(child.lives()).toBe(1)
      expect(child.reasons).toEqual([{ kind: "normal" }])
      expect(states(supervisor)).toEqual(["a ended"])
      expect(counts(supervisor)).toEqual([1, 0, 0, 1])
    })
  )

  it.effect("temporary_normal", "a temporary child is forgotten", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "temporary" })
      yield* supervisor.startChild(child.spec)
      yield* child.end
      expect(child.lives()).toBe(1)
      expect(child.reasons).toEqual([{ kind: "normal" }])
      expect(states(supervisor)).toEqual([])
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
    })
  )
})

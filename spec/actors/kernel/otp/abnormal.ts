/** What follows when a child fails. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { group } from "./case.ts"
import { counts, states, supervise } from "./stage.ts"

const failed = (id: string) => ({ kind: "failed", error: new Error(`${id} failed`) })

export const abnormal = group("abnormal", (it) => {
  it.effect("permanent_abnormal", "a permanent child is started again", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a")
      yield* supervisor.startChild(child.spec)
      yield* child.fail
      expect(child.lives()).toBe(2)
      expect(states(supervisor)).toEqual(["a running"])
      expect(supervisor.children()).toMatchObject([{ restarts: 1, lastFailure: { reason: failed("a") } }])
      expect(counts(supervisor)).toEqual([1, 1, 0, 1])
    })
  )

  it.effect("transient_abnormal", "a transient child is started again", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "transient" })
      yield* supervisor.startChild(child.spec)
      yield* child.fail
      expect(child.lives()).toBe(2)
      expect(child.reasons).toEqual([])
      expect(states(supervisor)).toEqual(["a running"])
      expect(counts(supervisor)).toEqual([1, 1, 0, 1])
    })
  )

  it.effect("temporary_abnormal", "a temporary child is forgotten", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "temporary" })
      yield* supervisor.startChild(child.spec)
      yield* child.fail
      expect(child.lives()).toBe(1)
      expect(child.reasons).toEqual([failed("a")])
      expect(states(supervisor)).toEqual([])
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
    })
  )
})

/** What follows when a child ends without blame: by `Shutdown`, or by interrupting itself. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { explain } from "../../../../actors/kernel/reason.ts"
import { supervisorChild } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { counts, endOf, states, supervise } from "./stage.ts"

export const shutdownExit = group("shutdown exit", (it) => {
  it.effect(
    "permanent_shutdown",
    "a permanent child is started again; its `Shutdown` counts towards the budget, an interruption does not",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const child = worker("a")
        yield* supervisor.startChild(child.spec)
        yield* child.shutdown
        expect(child.lives()).toBe(2)
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        yield* child.interrupt
        expect(child.lives()).toBe(3)
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
        expect(child.reasons).toEqual([])
        yield* child.shutdown
        expect(child.lives()).toBe(4)
        yield* child.shutdown
        expect(yield* endOf(supervisor)).toMatchObject({ kind: "exhausted" })
      })
  )

  it.effect("transient_shutdown", "a transient child stays ended, and may be started by hand", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "transient" })
      yield* supervisor.startChild(child.spec)
      yield* child.shutdown
      expect(states(supervisor)).toEqual(["a ended"])
      expect(counts(supervisor)).toEqual([1, 0, 0, 1])
      expect(yield* supervisor.restartChild("a")).toBe("started")
      expect(states(supervisor)).toEqual(["a running"])
      yield* child.interrupt
      expect(states(supervisor)).toEqual(["a ended"])
      expect(counts(supervisor)).toEqual([1, 0, 0, 1])
      expect(child.lives()).toBe(2)
      expect(child.reasons).toEqual([{ kind: "shutdown" }, { kind: "shutdown" }])
    })
  )

  it.effect("temporary_shutdown", "a temporary child is forgotten, so that its id is free again", ({ worker }) =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      const child = worker("a", { restart: "temporary" })
      yield* supervisor.startChild(child.spec)
      yield* child.shutdown
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      expect(yield* supervisor.startChild(child.spec)).toBe("started")
      yield* child.interrupt
      expect(states(supervisor)).toEqual([])
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      expect(child.lives()).toBe(2)
    })
  )

  it.effect(
    "faulty_application_shutdown",
    "when the innermost child of a tree cannot start, the start of the tree fails with that child's error in its reason",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const broken = worker("broken", { begins: "die" })
        const inner = supervisorChild({ id: "inner", children: [worker("b").spec, broken.spec] })
        const outer = supervisorChild({ id: "outer", children: [worker("a").spec, inner] })
        const refused = yield* Effect.flip(supervise({ children: [outer] }))
        expect(refused.kind).toBe("start_failed")
        expect(refused.message).toContain("broken broke at its start")
        expect(refused.reason === undefined ? "" : explain(refused.reason)).toContain("broken broke at its start")
        expect(log).toEqual(["+a", "+b", "-b", "-a"])
        expect(broken.starts).toEqual(["die"])
      })
  )
})

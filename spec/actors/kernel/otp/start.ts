/** How a supervisor starts, and what children that do not start mean to it. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { startSupervisor } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { counts, endOf, refusal, states, supervise, unchecked } from "./stage.ts"

export const start = group("start", (it) => {
  it.effect("sup_start_normal", "a supervisor without children starts, goes on, and stops when told", () =>
    Effect.gen(function* () {
      const supervisor = yield* supervise()
      expect(supervisor.id).toBe("sup")
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      expect(yield* endOf(supervisor)).toBe("goes on")
      yield* supervisor.stop
      expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
    })
  )

  it.effect(
    "sup_start_ignore_child",
    "a child that has nothing to run keeps its spec, and the next one starts",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        expect(yield* supervisor.startChild(worker("a", { begins: "ignore" }).spec)).toBe("ignored")
        expect(yield* supervisor.startChild(worker("b").spec)).toBe("started")
        expect(states(supervisor)).toEqual(["a ended", "b running"])
        expect(counts(supervisor)).toEqual([2, 1, 0, 2])
      })
  )

  it.effect(
    "sup_start_ignore_temporary_child",
    "a temporary first child that has nothing to run is forgotten",
    ({ worker }) =>
      Effect.gen(function* () {
        const idle = worker("a", { restart: "temporary", begins: "ignore" })
        const busy = worker("b", { restart: "temporary" })
        const supervisor = yield* supervise({ children: [idle.spec, busy.spec] })
        expect(idle.starts).toEqual(["ignore"])
        expect(states(supervisor)).toEqual(["b running"])
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
      })
  )

  it.effect(
    "sup_start_ignore_temporary_child_start_child",
    "a temporary child that has nothing to run is forgotten also when it is added later",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const idle = worker("a", { restart: "temporary", begins: "ignore" })
        expect(yield* supervisor.startChild(idle.spec)).toBe("ignored")
        expect(yield* supervisor.startChild(worker("b", { restart: "temporary" }).spec)).toBe("started")
        expect(states(supervisor)).toEqual(["b running"])
        expect(supervisor.childSpec("a")).toBeUndefined()
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
      })
  )

  it.effect(
    "sup_start_ignore_temporary_child_start_child_simple",
    "a temporary child that has nothing to run is forgotten among dynamic children too",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        const idle = worker("a", { restart: "temporary", begins: "ignore" })
        expect(yield* supervisor.startChild(idle.spec)).toBe("ignored")
        expect(yield* supervisor.startChild(worker("b", { restart: "temporary" }).spec)).toBe("started")
        expect(states(supervisor)).toEqual(["b running"])
        expect(counts(supervisor)).toEqual([1, 1, 0, 1])
      })
  )

  it.effect(
    "sup_start_ignore_permanent_child_start_child_simple",
    "a permanent dynamic child that has nothing to run does not count as active, may start later, and hinders no stop",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        const idle = worker("a", { begins: "ignore" })
        expect(yield* supervisor.startChild(idle.spec)).toBe("ignored")
        expect(yield* supervisor.startChild(worker("b").spec)).toBe("started")
        expect(supervisor.count().active).toBe(1)
        // OTP forgets it, having one spec for all; here its spec is its own and stays.
        expect(states(supervisor)).toEqual(["a ended", "b running"])
        idle.begins("run")
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stop
        expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
      })
  )

  it.effect(
    "sup_start_error_return",
    "what is no supervisor spec is refused as such, and nothing is started",
    ({ worker }) =>
      Effect.gen(function* () {
        const { spec, starts } = worker("a")
        const wrong = [undefined, "sup", {}, { id: 7, children: [spec] }, { id: "sup", children: "a" }]
        for (const value of wrong) expect(yield* refusal(startSupervisor(unchecked(value)))).toBe("bad_spec")
        expect(starts).toEqual([])
      })
  )

  it.effect(
    "sup_start_fail",
    "code that breaks while the tree starts is an answer, and nobody is left behind",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const children = [worker("a"), worker("b"), worker("c", { begins: "die" }), worker("d")]
        const refused = yield* Effect.flip(supervise({ children: children.map(({ spec }) => spec) }))
        expect(refused).toMatchObject({ kind: "start_failed", reason: { kind: "start_failed" } })
        expect(refused.message).toContain("c broke at its start")
        expect(log).toEqual(["+a", "+b", "-b", "-a"])
      })
  )

  it.effect(
    "sup_start_child_returns_error",
    "a child that fails to start is told with its error and is not kept",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise()
        const failing = yield* Effect.flip(supervisor.startChild(worker("a", { begins: "fail" }).spec))
        expect(failing).toMatchObject({ kind: "start_failed", reason: { error: new Error("a cannot start") } })
        const dying = yield* Effect.flip(supervisor.startChild(worker("b", { begins: "die" }).spec))
        expect(dying).toMatchObject({ kind: "start_failed", reason: { error: new Error("b broke at its start") } })
        expect(supervisor.children()).toEqual([])
        expect(yield* endOf(supervisor)).toBe("goes on")
      })
  )

  it.effect(
    "sup_start_restart_child_returns_error",
    "a stopped child that cannot be started again is told, and its spec stays",
    ({ worker }) =>
      Effect.gen(function* () {
        const child = worker("a")
        const supervisor = yield* supervise({ children: [child.spec] })
        yield* supervisor.stopChild("a")
        child.begins("fail")
        expect(yield* refusal(supervisor.restartChild("a"))).toBe("start_failed")
        expect(states(supervisor)).toEqual(["a ended"])
        expect(child.starts).toEqual(["run", "fail"])
      })
  )

  it.effect(
    "sup_start_child_returns_error_simple",
    "a dynamic child that fails to start is told with its error and is not kept",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        const failing = yield* Effect.flip(supervisor.startChild(worker("a", { begins: "fail" }).spec))
        expect(failing).toMatchObject({ kind: "start_failed", reason: { error: new Error("a cannot start") } })
        expect(yield* refusal(supervisor.startChild(worker("b", { begins: "die" }).spec))).toBe("start_failed")
        expect(supervisor.children()).toEqual([])
      })
  )
})

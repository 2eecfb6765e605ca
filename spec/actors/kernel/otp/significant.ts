/** Children whose own end ends their supervisor, and everything that does not. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { supervisorChild } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { expectEnded, expectGoesOn, startAll } from "./endings.ts"
import { refusal, states, supervise } from "./stage.ts"
import { upgrades } from "./upgrades.ts"

const modes = ["never", "any_significant", "all_significant"] as const

const budget = { max: 5, seconds: 3600 }

export const significant = group("significant children", (it) => {
  it.effect(
    "nonsignificant_temporary",
    "an insignificant temporary child may end in any way under any mode",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const autoShutdown of modes) {
          const supervisor = yield* supervise({ autoShutdown })
          const child = worker("a", { restart: "temporary", significant: false })
          for (const way of [supervisor.stopChild("a"), child.interrupt, child.fail, child.end]) {
            yield* supervisor.startChild(child.spec)
            yield* way
            expect(child.isAlive()).toBe(false)
            yield* expectGoesOn(supervisor)
          }
          yield* supervisor.stop
          yield* expectEnded(supervisor, child)
        }
      })
  )

  it.effect(
    "nonsignificant_transient",
    "an insignificant transient child may end in any way under any mode",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const autoShutdown of modes) {
          const supervisor = yield* supervise({ autoShutdown, budget })
          const child = worker("a", { restart: "transient", significant: false })
          yield* supervisor.startChild(child.spec)
          yield* supervisor.stopChild("a")
          yield* expectGoesOn(supervisor)
          yield* supervisor.restartChild("a")
          yield* child.fail
          yield* child.fail
          expect(child.lives()).toBe(4)
          yield* expectGoesOn(supervisor)
          yield* child.end
          yield* expectGoesOn(supervisor)
          expect(states(supervisor)).toEqual(["a ended"])
          yield* supervisor.stop
          yield* expectEnded(supervisor, child)
        }
      })
  )

  it.effect(
    "significant_temporary",
    "any end of its own of a significant temporary child counts, a stop by hand does not; `all` waits for the last",
    ({ worker }) =>
      Effect.gen(function* () {
        const cast = () => {
          const marked = { restart: "temporary", significant: true } as const
          return [worker("a", marked), worker("b", marked), worker("c", { restart: "temporary" })] as const
        }
        for (const way of ["fail", "end", "shutdown", "interrupt"] as const) {
          const [a, b, c] = cast()
          const supervisor = yield* supervise({ autoShutdown: "any_significant", budget })
          yield* startAll(supervisor, a, b, c)
          yield* supervisor.stopChild("a")
          yield* expectGoesOn(supervisor)
          expect(states(supervisor)).toEqual(["b running", "c running"])
          yield* startAll(supervisor, a)
          yield* a[way]
          yield* expectEnded(supervisor, a, b, c)
          expect([b.reasons.at(-1), c.reasons.at(-1)]).toEqual([{ kind: "shutdown" }, { kind: "shutdown" }])
        }
        const [a, b, c] = cast()
        const supervisor = yield* supervise({ autoShutdown: "all_significant", budget })
        yield* startAll(supervisor, a, b, c)
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(states(supervisor)).toEqual(["b running", "c running"])
        yield* b.end
        yield* expectEnded(supervisor, a, b, c)
      })
  )

  it.effect(
    "significant_transient",
    "a significant transient child that fails is started again; only its end without failure counts",
    ({ worker }) =>
      Effect.gen(function* () {
        const cast = () => {
          const marked = { restart: "transient", significant: true } as const
          return [worker("a", marked), worker("b", marked), worker("c", { restart: "transient" })] as const
        }
        const [a, b, c] = cast()
        const any = yield* supervise({ autoShutdown: "any_significant", budget })
        yield* startAll(any, a, b, c)
        yield* any.stopChild("a")
        yield* expectGoesOn(any)
        yield* any.restartChild("a")
        yield* a.fail
        yield* a.fail
        yield* expectGoesOn(any)
        expect([a.lives(), b.lives(), c.lives()]).toEqual([4, 1, 1])
        yield* a.end
        yield* expectEnded(any, a, b, c)

        const [d, e, f] = cast()
        const all = yield* supervise({ autoShutdown: "all_significant", budget })
        yield* startAll(all, d, e, f)
        yield* d.end
        yield* expectGoesOn(all)
        expect(states(all)).toEqual(["a ended", "b running", "c running"])
        yield* e.shutdown
        yield* expectEnded(all, d, e, f)
      })
  )

  it.effect("significant_simple", "dynamic children cannot be significant", ({ worker }) =>
    Effect.gen(function* () {
      for (const autoShutdown of ["any_significant", "all_significant"] as const) {
        expect(yield* refusal(supervise({ strategy: "dynamic", autoShutdown }))).toBe("bad_spec")
      }
      const supervisor = yield* supervise({ strategy: "dynamic", autoShutdown: "never" })
      const child = worker("a", { restart: "transient", significant: true })
      expect(yield* refusal(supervisor.startChild(child.spec))).toBe("bad_spec")
      yield* supervisor.stop
      yield* expectEnded(supervisor)
    })
  )

  it.effect(
    "significant_bystander",
    "significant children that end because a sibling failed do not count",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const deaths = { one_for_one: ["-b"], one_for_all: ["-b", "-c", "-a"], rest_for_one: ["-b", "-c"] } as const
        for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
          for (const autoShutdown of ["any_significant", "all_significant"] as const) {
            const marked = { restart: "transient", significant: true } as const
            const [a, b, c] = [worker("a", marked), worker("b", { restart: "transient" }), worker("c", marked)]
            const supervisor = yield* supervise({ strategy, autoShutdown, budget })
            yield* startAll(supervisor, a, b, c)
            const { length } = log
            yield* b.fail
            expect(log.slice(length).filter((line) => line.startsWith("-"))).toEqual(deaths[strategy])
            yield* expectGoesOn(supervisor)
            expect(states(supervisor)).toEqual(["a running", "b running", "c running"])
            yield* supervisor.stop
            yield* expectEnded(supervisor, a, b, c)
          }
        }
      })
  )

  it.effect(
    "significant_escalation",
    "a supervisor that ended for its significant child ends its own supervisor only if it is significant itself",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const isSignificant of [true, false]) {
          const child = worker("a", { restart: "transient", significant: true })
          const inner = supervisorChild(
            { id: "inner", autoShutdown: "any_significant", children: [child.spec] },
            { restart: "transient", significant: isSignificant }
          )
          const outer = yield* supervise({ autoShutdown: "any_significant" })
          yield* outer.startChild(inner)
          yield* child.end
          if (isSignificant) {
            yield* expectEnded(outer, child)
          } else {
            yield* expectGoesOn(outer)
            expect(states(outer)).toEqual(["inner ended"])
          }
          expect(child.lives()).toBe(1)
        }
      })
  )

  upgrades(it)
})

/** Children whose own end ends their supervisor, and everything that does not. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { supervisorChild, type Supervisor, type SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { endOf, noBackoff, refusal, states, supervise, type Worker } from "./stage.ts"

const modes = ["never", "any_significant", "all_significant"] as const

const budget = { max: 5, seconds: 3600 }

const expectGoesOn = (supervisor: Supervisor) => Effect.map(endOf(supervisor), (end) => expect(end).toBe("goes on"))

/** Ended without blame, and everybody with it. */
const expectEnded = (supervisor: Supervisor, ...all: ReadonlyArray<Worker>) =>
  Effect.map(endOf(supervisor), (end) => {
    expect(end).toEqual({ kind: "shutdown" })
    expect(all.map((child) => child.isAlive())).toEqual(all.map(() => false))
  })

const startAll = (supervisor: Supervisor, ...all: ReadonlyArray<Worker>) =>
  Effect.forEach(all, ({ spec }) => supervisor.startChild(spec))

/** A change of the mode alone. */
const changeTo = (supervisor: Supervisor, autoShutdown: SupervisorSpec["autoShutdown"], ...children: Array<Worker>) =>
  supervisor.change({ budget, backoff: noBackoff, autoShutdown, children: children.map(({ spec }) => spec) })

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

  const marked = { restart: "transient", significant: true } as const

  it.effect(
    "significant_upgrade_never_any",
    "from never to any: significant children are let in, and the first counts",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "never" })
        expect(yield* refusal(supervisor.startChild(a.spec))).toBe("bad_spec")
        yield* changeTo(supervisor, "any_significant")
        yield* startAll(supervisor, a, b)
        yield* a.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  it.effect(
    "significant_upgrade_never_all",
    "from never to all: significant children are let in, and the last counts",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "never" })
        expect(yield* refusal(supervisor.startChild(a.spec))).toBe("bad_spec")
        yield* changeTo(supervisor, "all_significant")
        yield* startAll(supervisor, a, b)
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(b.isAlive()).toBe(true)
        yield* b.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  for (const [name, from] of [
    ["significant_upgrade_any_never", "any_significant"],
    ["significant_upgrade_all_never", "all_significant"]
  ] as const) {
    const sentence = `from ${from} to never: who is there goes on and its end counts no more, nobody else is let in`
    it.effect(name, sentence, ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: from })
        yield* startAll(supervisor, a)
        yield* changeTo(supervisor, "never")
        expect(a.isAlive()).toBe(true)
        yield* expectGoesOn(supervisor)
        expect(yield* refusal(supervisor.startChild(b.spec))).toBe("bad_spec")
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stop
        yield* expectEnded(supervisor, a)
      })
    )
  }

  it.effect(
    "significant_upgrade_any_all",
    "from any to all: the first end counts no more, the last does",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a", marked), worker("b", marked)]
        const supervisor = yield* supervise({ autoShutdown: "any_significant" })
        yield* startAll(supervisor, a, b)
        yield* changeTo(supervisor, "all_significant")
        expect([a.isAlive(), b.isAlive()]).toEqual([true, true])
        yield* a.end
        yield* expectGoesOn(supervisor)
        expect(b.isAlive()).toBe(true)
        yield* b.end
        yield* expectEnded(supervisor, a, b)
      })
  )

  it.effect("significant_upgrade_all_any", "from all to any: the first end counts", ({ worker }) =>
    Effect.gen(function* () {
      const [a, b] = [worker("a", marked), worker("b", marked)]
      const supervisor = yield* supervise({ autoShutdown: "all_significant" })
      yield* startAll(supervisor, a, b)
      yield* changeTo(supervisor, "any_significant")
      yield* expectGoesOn(supervisor)
      expect([a.isAlive(), b.isAlive()]).toEqual([true, true])
      yield* a.end
      yield* expectEnded(supervisor, a, b)
    })
  )

  it.effect(
    "significant_upgrade_child",
    "a running child becomes significant, or no longer is, where the mode allows it",
    ({ worker }) =>
      Effect.gen(function* () {
        const plain = worker("a", { restart: "transient", significant: false })
        const never = yield* supervise({ autoShutdown: "never", children: [plain.spec] })
        const raised = { ...plain, spec: { ...plain.spec, significant: true } }
        expect(yield* refusal(changeTo(never, "never", raised))).toBe("bad_spec")
        expect(never.childSpec("a")).toMatchObject({ significant: false })
        expect(plain.isAlive()).toBe(true)
        yield* never.stop
        yield* expectEnded(never, plain)

        const up = yield* supervise({ autoShutdown: "any_significant", children: [plain.spec] })
        yield* changeTo(up, "any_significant", raised)
        expect([plain.isAlive(), plain.lives()]).toEqual([true, 2])
        yield* expectGoesOn(up)
        yield* plain.end
        yield* expectEnded(up, plain)

        const down = yield* supervise({ autoShutdown: "any_significant", children: [raised.spec] })
        yield* changeTo(down, "any_significant", plain)
        expect([plain.isAlive(), plain.lives()]).toEqual([true, 3])
        yield* plain.end
        yield* expectGoesOn(down)
        expect(states(down)).toEqual(["a ended"])
        yield* down.stop
        yield* expectEnded(down, plain)
      })
  )
})

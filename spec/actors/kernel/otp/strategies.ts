/** Whom a failure restarts, in which order, and when it is too much. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Supervisor } from "../../../../actors/kernel/supervisor.ts"
import { group } from "./case.ts"
import { areCollected } from "./memory.ts"
import { counts, endOf, refusal, states, supervise, timeOf, type Worker } from "./stage.ts"

const failure = ({ id }: Worker) => ({ child: id, reason: { kind: "failed", error: new Error(`${id} failed`) } })

const cannotStart = ({ id }: Worker) => ({
  child: id,
  reason: { kind: "start_failed", error: new Error(`${id} cannot start`) }
})

const lives = (...children: ReadonlyArray<Worker>) => children.map((child) => child.lives())

/** Exhausted, everybody stopped, and nothing more to be had from it. */
const expectExhausted = (supervisor: Supervisor, max: number, causes: ReadonlyArray<object>, ...all: Array<Worker>) =>
  Effect.gen(function* () {
    const budget = { max, seconds: 3600 }
    expect(yield* endOf(supervisor)).toEqual({ kind: "exhausted", supervisor: "sup", budget, causes })
    expect(all.map((child) => child.isAlive())).toEqual(all.map(() => false))
    expect(yield* refusal(supervisor.restartChild("a"))).toBe("ended")
  })

export const strategies = group("strategies", (it) => {
  it.effect(
    "one_for_one",
    "only the failed child is started again; the third failure within the hour is one too many",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const supervisor = yield* supervise({ children: [a.spec, b.spec] })
        yield* a.fail
        expect(lives(a, b)).toEqual([2, 1])
        expect(counts(supervisor)).toEqual([2, 2, 0, 2])
        yield* b.fail
        expect(lives(a, b)).toEqual([2, 2])
        expect(yield* endOf(supervisor)).toBe("goes on")
        yield* a.fail
        yield* expectExhausted(supervisor, 2, [failure(a), failure(b), failure(a)], a, b)
        expect(lives(a, b)).toEqual([2, 2])
      })
  )

  it.effect(
    "one_for_one_escalation",
    "a child that cannot be started again is tried until the budget is used, then all end",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const supervisor = yield* supervise({ budget: { max: 4, seconds: 3600 }, children: [a.spec, b.spec] })
        a.begins("fail")
        yield* a.fail
        expect(a.starts).toEqual(["run", "fail", "fail", "fail", "fail"])
        const again = cannotStart(a)
        yield* expectExhausted(supervisor, 4, [failure(a), again, again, again, again], a, b)
        expect(b.reasons).toEqual([{ kind: "shutdown" }])
        expect(b.lives()).toBe(1)
      })
  )

  it.effect(
    "one_for_all",
    "one failure starts all again: stopped newest first, started oldest first",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const [a, b, c] = [worker("a"), worker("b"), worker("c")]
        const children = [a.spec, b.spec, c.spec]
        const supervisor = yield* supervise({ strategy: "one_for_all", children })
        yield* b.fail
        expect(log).toEqual(["+a", "+b", "+c", "-b", "-c", "-a", "+a", "+b", "+c"])
        expect(counts(supervisor)).toEqual([3, 3, 0, 3])
        yield* c.fail
        expect(lives(a, b, c)).toEqual([3, 3, 3])
        yield* a.fail
        yield* expectExhausted(supervisor, 2, [failure(b), failure(c), failure(a)], a, b, c)
        expect(lives(a, b, c)).toEqual([3, 3, 3])
      })
  )

  it.effect("one_for_all_escalation", "a sibling that cannot be started again uses the budget up", ({ worker }) =>
    Effect.gen(function* () {
      const [a, b] = [worker("a"), worker("b")]
      const children = [a.spec, b.spec]
      const supervisor = yield* supervise({ strategy: "one_for_all", budget: { max: 4, seconds: 3600 }, children })
      b.begins("fail")
      yield* a.fail
      expect(b.starts).toEqual(["run", "fail", "fail", "fail", "fail"])
      const again = cannotStart(b)
      yield* expectExhausted(supervisor, 4, [failure(a), again, again, again, again], a, b)
    })
  )

  it.effect(
    "one_for_all_other_child_fails_restart",
    "when a sibling cannot be started again, the one already started is stopped before all are tried once more",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const children = [a.spec, b.spec]
        const supervisor = yield* supervise({ strategy: "one_for_all", budget: { max: 3, seconds: 3600 }, children })
        b.begins("fail", 1)
        yield* a.fail
        expect(log.slice(2)).toEqual(["-a", "-b", "+a", "-a", "+a", "+b"])
        expect(b.starts).toEqual(["run", "fail", "run"])
        expect(states(supervisor)).toEqual(["a running", "b running"])
      })
  )

  it.effect(
    "rest_for_one",
    "a failure starts those again that were started after it, nobody before it",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const [a, b, c, d] = [worker("a"), worker("b"), worker("c"), worker("d")]
        const children = [a.spec, b.spec, c.spec, d.spec]
        const supervisor = yield* supervise({ strategy: "rest_for_one", children })
        yield* b.fail
        expect(log.slice(4)).toEqual(["-b", "-d", "-c", "+b", "+c", "+d"])
        expect(states(supervisor)).toEqual(["a running", "b running", "c running", "d running"])
        yield* d.fail
        expect(lives(a, b, c, d)).toEqual([1, 2, 2, 3])
        yield* b.fail
        yield* expectExhausted(supervisor, 2, [failure(b), failure(d), failure(b)], a, b, c, d)
        expect(log.slice(-4)).toEqual(["-b", "-d", "-c", "-a"])
      })
  )

  it.effect(
    "rest_for_one_escalation",
    "a later sibling that cannot be started again uses the budget up",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const children = [a.spec, b.spec]
        const supervisor = yield* supervise({ strategy: "rest_for_one", budget: { max: 4, seconds: 3600 }, children })
        b.begins("fail")
        yield* a.fail
        expect(b.starts).toEqual(["run", "fail", "fail", "fail", "fail"])
        const again = cannotStart(b)
        yield* expectExhausted(supervisor, 4, [failure(a), again, again, again, again], a, b)
      })
  )

  it.effect(
    "rest_for_one_other_child_fails_restart",
    "when a later sibling cannot be started again, the one already started before it is left alone",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const children = [a.spec, b.spec]
        const supervisor = yield* supervise({ strategy: "rest_for_one", budget: { max: 3, seconds: 3600 }, children })
        b.begins("fail", 1)
        yield* a.fail
        expect(log.slice(2)).toEqual(["-a", "-b", "+a", "+b"])
        expect(b.starts).toEqual(["run", "fail", "run"])
        expect(states(supervisor)).toEqual(["a running", "b running"])
      })
  )

  it.effect(
    "simple_one_for_one",
    "only the failed dynamic child is started again, and all share one budget",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const supervisor = yield* supervise({ strategy: "dynamic" })
        for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
        yield* a.fail
        expect(lives(a, b)).toEqual([2, 1])
        expect(supervisor.count()).toMatchObject({ active: 2, workers: 2 })
        yield* b.fail
        expect(lives(a, b)).toEqual([2, 2])
        yield* a.fail
        yield* expectExhausted(supervisor, 2, [failure(a), failure(b), failure(a)], a, b)
      })
  )

  it.effect(
    "simple_one_for_one_shutdown",
    "dynamic children stop side by side, so that the slowest alone takes the time",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        const times = [1000, 1500, 5000]
        const children = times.map((lingers) => worker(`c${lingers}`, { shutdown: 2000, obedience: { lingers } }))
        for (const { spec } of children) yield* supervisor.startChild(spec)
        expect(yield* timeOf(supervisor.stop)).toBe(2000)
        const kinds = children.map(({ reasons }) => reasons.map(({ kind }) => kind))
        expect(kinds).toEqual([["shutdown"], ["shutdown"], ["killed"]])
      })
  )

  it.effect(
    "simple_one_for_one_extra",
    "what a dynamic child was made with is what it is started with again",
    ({ worker }) =>
      Effect.gen(function* () {
        const given: Array<string> = []
        const template = (extra: string) => {
          const child = worker(`c.${extra}`)
          const start = Effect.andThen(
            Effect.sync(() => given.push(extra)),
            child.spec.start
          )
          return { child, spec: { ...child.spec, start } }
        }
        const [one, two] = [template("one"), template("two")]
        const supervisor = yield* supervise({ strategy: "dynamic" })
        for (const { spec } of [one, two]) yield* supervisor.startChild(spec)
        yield* one.child.fail
        yield* two.child.fail
        expect(given).toEqual(["one", "two", "one", "two"])
        yield* one.child.fail
        expect(yield* endOf(supervisor)).toMatchObject({ kind: "exhausted" })
      })
  )

  it.effect(
    "simple_one_for_one_escalation",
    "a dynamic child that cannot be started again ends them all",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b] = [worker("a"), worker("b")]
        const supervisor = yield* supervise({ strategy: "dynamic", budget: { max: 4, seconds: 3600 } })
        for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
        a.begins("fail")
        yield* a.fail
        expect(a.starts).toEqual(["run", "fail", "fail", "fail", "fail"])
        const again = cannotStart(a)
        yield* expectExhausted(supervisor, 4, [failure(a), again, again, again, again], a, b)
        expect(b.reasons).toEqual([{ kind: "shutdown" }])
      })
  )

  it.effect(
    "simple_one_for_one_corruption",
    "after a first temporary dynamic child has failed, nothing is kept of the next one either",
    ({ worker }) =>
      Effect.gen(function* () {
        const supervisor = yield* supervise({ strategy: "dynamic" })
        const first = worker("first", { restart: "temporary" })
        yield* supervisor.startChild(first.spec)
        yield* first.fail
        const kept = yield* Effect.gen(function* () {
          const next = worker("next", { restart: "temporary" })
          const payload = new Uint8Array(50_000)
          const start = Effect.tap(next.spec.start, () => Effect.sync(() => payload.fill(1)))
          yield* supervisor.startChild({ ...next.spec, start })
          yield* next.fail
          return new WeakRef(payload)
        })
        expect(yield* areCollected([kept])).toBe(true)
        expect(states(supervisor)).toEqual([])
        expect(yield* endOf(supervisor)).toBe("goes on")
      })
  )

  it.effect(
    "simple_one_for_one_restart_ignore",
    "a dynamic child that has nothing to run when it is started again stays ended, and nobody tries again",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const restart of ["transient", "permanent"] as const) {
          const child = worker("a", { restart })
          const supervisor = yield* supervise({ strategy: "dynamic", budget: { max: 10, seconds: 3600 } })
          yield* supervisor.startChild(child.spec)
          yield* child.fail
          yield* child.fail
          expect(states(supervisor)).toEqual(["a running"])
          child.begins("ignore")
          yield* child.fail
          expect(child.starts).toEqual(["run", "run", "run", "ignore"])
          // OTP forgets it, having one spec for all; here its spec is its own and stays.
          expect(states(supervisor)).toEqual(["a ended"])
          expect(supervisor.count().active).toBe(0)
          yield* supervisor.stop
          expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
        }
      })
  )
})

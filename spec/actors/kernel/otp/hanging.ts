/** Children that hang, or fail without end, while they are started again. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Supervisor } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { after, counts, endOf, refusal, settled, states, supervise, timeOf, type Worker } from "./stage.ts"

/** Slow enough to be looked at between two tries. */
const patient = { budget: { max: 8, seconds: 10 }, backoff: { base: 1000, cap: 2000, quiet: 60_000 } }

/** A start that never comes back, and one that fails each time and waits for the next try. */
const ways = ["hang", "fail"] as const

/** Refused as long as it is being restarted; the supervisor answers all the same. */
const expectRestarting = (supervisor: Supervisor, child: Worker) =>
  Effect.gen(function* () {
    expect(yield* refusal(supervisor.startChild(child.spec))).toBe("already_present")
    expect(yield* refusal(supervisor.restartChild(child.id))).toBe("restarting")
    expect(yield* refusal(supervisor.deleteChild(child.id))).toBe("restarting")
    expect(supervisor.children().find(({ id }) => id === child.id)?.state).toBe("restarting")
    expect(yield* endOf(supervisor)).toBe("goes on")
  })

/** Fails, and its starts go wrong from then on. */
const getStuck = (child: Worker, way: (typeof ways)[number]) => Effect.suspend(() => (child.begins(way), child.fail))

const expectStopsAtOnce = (supervisor: Supervisor, child: Worker) =>
  Effect.gen(function* () {
    const { length } = child.starts
    expect(yield* timeOf(supervisor.stop)).toBe(0)
    expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
    expect(child.isAlive()).toBe(false)
    expect(child.starts).toHaveLength(length)
  })

export const hanging = (it: Otp<"admin and misc">) => {
  it.effect(
    "hanging_restart_loop",
    "while a child hangs in its restarts the supervisor answers, stops it when told, and stops itself when told",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const way of ways) {
          const child = worker("a", { shutdown: "kill" })
          const supervisor = yield* supervise(patient)
          yield* supervisor.startChild(child.spec)
          yield* getStuck(child, way)
          yield* expectRestarting(supervisor, child)
          expect(counts(supervisor)).toEqual([1, 0, 0, 1])
          expect(yield* timeOf(supervisor.stopChild("a"))).toBe(0)
          expect(states(supervisor)).toEqual(["a ended"])

          child.begins("run")
          expect(yield* supervisor.restartChild("a")).toBe("started")
          yield* getStuck(child, way)
          yield* expectRestarting(supervisor, child)
          yield* expectStopsAtOnce(supervisor, child)
        }
      })
  )

  it.effect(
    "hanging_restart_loop_rest_for_one",
    "while a child hangs in its restarts those before it go on and those behind it wait",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const way of ways) {
          const [a, b, c] = [worker("a"), worker("b", { shutdown: "kill" }), worker("c")]
          const supervisor = yield* supervise({ strategy: "rest_for_one", ...patient })
          for (const { spec } of [a, b, c]) yield* supervisor.startChild(spec)
          yield* getStuck(b, way)
          yield* expectRestarting(supervisor, b)
          expect([a.isAlive(), c.isAlive()]).toEqual([true, false])
          expect(counts(supervisor)).toEqual([3, 1, 0, 3])
          yield* supervisor.stopChild("b")
          // OTP leaves those behind it down; here they have nothing to wait for any more.
          yield* after(2000)
          expect(states(supervisor)).toEqual(["a running", "b ended", "c running"])

          b.begins("run")
          expect(yield* supervisor.restartChild("b")).toBe("started")
          expect([a.lives(), b.lives()]).toEqual([1, 2])
          yield* getStuck(b, way)
          yield* expectRestarting(supervisor, b)
          yield* expectStopsAtOnce(supervisor, b)
        }
      })
  )

  it.effect(
    "hanging_restart_loop_simple",
    "while a dynamic child hangs in its restarts, and another in its first start, others are started and stopped as ever",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const way of ways) {
          const [a, b] = [worker("a", { shutdown: "kill" }), worker("b", { restart: "temporary" })]
          const supervisor = yield* supervise({ strategy: "dynamic", ...patient })
          yield* supervisor.startChild(a.spec)
          yield* getStuck(a, way)
          yield* expectRestarting(supervisor, a)
          expect(yield* supervisor.startChild(b.spec)).toBe("started")
          expect(counts(supervisor)).toEqual([2, 1, 0, 2])
          const c = worker("c", { begins: "hang" })
          const asking = yield* Effect.forkChild(refusal(supervisor.startChild(c.spec)))
          yield* settled
          expect(states(supervisor)).toEqual(["a restarting", "b running", "c starting"])
          expect(yield* refusal(supervisor.startChild(c.spec))).toBe("already_started")
          yield* supervisor.stopChild("c")
          expect(yield* Fiber.join(asking)).toBe("start_failed")
          expect(states(supervisor)).toEqual(["a restarting", "b running"])
          yield* supervisor.stopChild("b")
          yield* supervisor.stopChild("a")
          expect(supervisor.count().active).toBe(0)

          a.begins("run")
          expect(yield* supervisor.restartChild("a")).toBe("started")
          yield* getStuck(a, way)
          yield* expectRestarting(supervisor, a)
          yield* expectStopsAtOnce(supervisor, a)
        }
      })
  )
}

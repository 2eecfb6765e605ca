/** How children are stopped: in their time, killed after it, or while they end by themselves. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Restart } from "../../../../actors/kernel/child.ts"
import { Shutdown } from "../../../../actors/kernel/reason.ts"
import { group } from "./case.ts"
import { after, endOf, settled, supervise, timeOf, type Worker } from "./stage.ts"

const hour = 3_600_000

export const restarts: ReadonlyArray<Restart> = ["permanent", "transient", "temporary"]

const broken = new Error("broken")

/** Ways to end when told to stop, and what the supervisor makes of them: who obeys by coming to its end has shut down. */
const ends = {
  normal: { life: Effect.void, reason: { kind: "shutdown" } },
  shutdown: { life: Effect.fail(new Shutdown()), reason: { kind: "shutdown" } },
  interrupted: { life: Effect.interrupt, reason: { kind: "shutdown" } },
  broken: { life: Effect.fail(broken), reason: { kind: "failed", error: broken } }
}

export const stop = group("stop", (it) => {
  it.effect(
    "sup_stop_infinity",
    "without a limit a supervisor waits for its children as long as they take",
    ({ worker }) =>
      Effect.gen(function* () {
        const slow = { shutdown: "infinity", obedience: { lingers: hour } } as const
        const children = [worker("a", { ...slow, kind: "supervisor" }), worker("b", slow)]
        const supervisor = yield* supervise({ children: children.map(({ spec }) => spec) })
        expect(yield* timeOf(supervisor.stop)).toBe(2 * hour)
        expect(children.map(({ reasons }) => reasons)).toEqual([[{ kind: "shutdown" }], [{ kind: "shutdown" }]])
        expect(children.map(({ kills }) => kills())).toEqual([0, 0])
      })
  )

  it.effect(
    "sup_stop_timeout",
    "a child that does not stop in its time is killed, the one before it stops in peace",
    ({ worker }) =>
      Effect.gen(function* () {
        const [good, bad] = [worker("a", { shutdown: 1000 }), worker("b", { shutdown: 1000, obedience: "refuses" })]
        const supervisor = yield* supervise({ children: [good.spec, bad.spec] })
        const stopping = yield* Effect.forkChild(supervisor.stop)
        yield* after(999)
        expect([good.isAlive(), bad.kills()]).toEqual([true, 0])
        yield* after(1)
        yield* Fiber.join(stopping)
        expect(good.reasons).toEqual([{ kind: "shutdown" }])
        expect(bad.reasons).toEqual([{ kind: "killed" }])
        expect([good.kills(), bad.kills()]).toEqual([0, 1])
        expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
      })
  )

  it.effect("sup_stop_timeout_dynamic", "a dynamic child that does not stop in its time is killed", ({ worker }) =>
    Effect.gen(function* () {
      const limit = { restart: "temporary", shutdown: 1000 } as const
      const [good, bad] = [worker("a", limit), worker("b", { ...limit, obedience: "refuses" })]
      const supervisor = yield* supervise({ strategy: "dynamic" })
      for (const { spec } of [good, bad]) yield* supervisor.startChild(spec)
      expect(yield* timeOf(supervisor.stop)).toBe(1000)
      expect(good.reasons).toEqual([{ kind: "shutdown" }])
      expect(bad.reasons).toEqual([{ kind: "killed" }])
      expect([good.kills(), bad.kills()]).toEqual([0, 1])
      expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
    })
  )

  it.effect("sup_stop_brutal_kill", "a child to be killed is not asked first", ({ worker }) =>
    Effect.gen(function* () {
      const asked = worker("a", { shutdown: 1000 })
      const killed = worker("b", { shutdown: "kill", obedience: { lingers: 10 } })
      const supervisor = yield* supervise({ children: [asked.spec, killed.spec] })
      expect(yield* timeOf(supervisor.stop)).toBe(0)
      expect(asked.reasons).toEqual([{ kind: "shutdown" }])
      expect(killed.reasons).toEqual([{ kind: "killed" }])
      expect([asked.kills(), killed.kills()]).toEqual([0, 1])
    })
  )

  it.effect("sup_stop_brutal_kill_dynamic", "ten dynamic children to be killed are all killed at once", ({ worker }) =>
    Effect.gen(function* () {
      const manner = { restart: "temporary", shutdown: "kill", obedience: "refuses" } as const
      const children = Array.from({ length: 10 }, (_, index) => worker(`c${index}`, manner))
      const supervisor = yield* supervise({ strategy: "dynamic" })
      for (const { spec } of children) yield* supervisor.startChild(spec)
      expect(yield* timeOf(supervisor.stop)).toBe(0)
      for (const { reasons, kills } of children) expect([reasons, kills()]).toEqual([[{ kind: "killed" }], 1])
      expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
    })
  )

  it.effect(
    "sup_stop_race",
    "children that end by themselves while the last one is being stopped are not restarted and keep their own reasons",
    ({ worker }) =>
      Effect.gen(function* () {
        const ways: ReadonlyArray<(child: Worker) => Effect.Effect<void>> = [
          ({ end }) => end,
          ({ shutdown }) => shutdown,
          ({ interrupt }) => interrupt,
          ({ fail }) => fail
        ]
        const first = worker("first", { restart: "temporary", shutdown: 1000 })
        const racers = restarts.flatMap((restart) =>
          ways.map((way, index) => ({ way, child: worker(`${restart}.${index}`, { restart, shutdown: 1000 }) }))
        )
        const last = worker("last", { restart: "temporary", shutdown: 2000, obedience: { lingers: 1000 } })
        const children = [first, ...racers.map(({ child }) => child), last]
        const supervisor = yield* supervise({ children: children.map(({ spec }) => spec) })
        const stopping = yield* Effect.forkChild(supervisor.stop)
        yield* after(200)
        for (const { way, child } of racers) yield* way(child)
        yield* after(800)
        yield* Fiber.join(stopping)
        expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
        for (const child of [first, last]) expect(child.reasons).toEqual([{ kind: "shutdown" }])
        const kinds = ["normal", "shutdown", "shutdown", "failed"]
        expect(racers.map(({ child }) => child.reasons.map(({ kind }) => kind))).toEqual(
          restarts.flatMap(() => kinds.map((kind) => [kind]))
        )
        expect(children.map(({ lives }) => lives())).toEqual(children.map(() => 1))
      })
  )

  it.effect(
    "sup_stop_non_shutdown_exit_dynamic",
    "dynamic children that answer the stop with an end of their own do not trouble it",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const restart of restarts) {
          const supervisor = yield* supervise({ strategy: "dynamic" })
          const children = Object.entries(ends).map(([name, { life, reason }]) => ({
            reason,
            child: worker(name, { restart, obedience: { ends: life } })
          }))
          for (const { child } of children) yield* supervisor.startChild(child.spec)
          expect(yield* timeOf(supervisor.stop)).toBe(0)
          yield* settled
          expect(yield* endOf(supervisor)).toEqual({ kind: "shutdown" })
          for (const { child, reason } of children) expect(child.reasons).toEqual([reason])
        }
      })
  )
})

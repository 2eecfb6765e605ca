/** How many children there are, and what is kept of those that are gone. */
import { expect } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ChildSpec, Restart } from "../../../../actors/kernel/child.ts"
import { type Strategy, type Supervisor, supervisorChild } from "../../../../actors/kernel/supervisor.ts"
import type { Otp } from "./case.ts"
import { areCollected } from "./memory.ts"
import { restarts } from "./stop.ts"
import { after, counts, refusal, settled, states, supervise, type Worker } from "./stage.ts"

const thousand = Array.from({ length: 1000 }, (_, index) => index)

const startAll = (supervisor: Supervisor, make: (index: number) => ChildSpec) =>
  Effect.forEach(thousand, (index) => supervisor.startChild(make(index)), { discard: true })

const allStrategies: ReadonlyArray<Strategy> = ["one_for_all", "one_for_one", "rest_for_one", "dynamic"]

export const counting = (it: Otp<"admin and misc">) => {
  it.effect(
    "count_children",
    "two thousand temporary children are counted and listed alike, and none when all have failed",
    () =>
      Effect.gen(function* () {
        const end = Deferred.makeUnsafe<void, Error>()
        const start = Effect.succeed(Deferred.await(end))
        const child = (prefix: string) => (index: number) =>
          ({ id: `${prefix}${index}`, start, restart: "temporary" }) as const
        const supervisor = yield* supervise({ strategy: "dynamic" })
        yield* startAll(supervisor, child("a"))
        expect(counts(supervisor)).toEqual([1000, 1000, 0, 1000])
        expect(supervisor.children()).toHaveLength(1000)
        yield* startAll(supervisor, child("b"))
        expect(counts(supervisor)).toEqual([2000, 2000, 0, 2000])
        expect(supervisor.children()).toHaveLength(2000)
        expect(supervisor.children()).toEqual(supervisor.children())
        yield* Deferred.fail(end, new Error("all of them"))
        yield* settled
        expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      })
  )

  it.effect(
    "count_children_supervisor",
    "two thousand supervisors are counted as such, and none when all have stopped",
    () =>
      Effect.gen(function* () {
        const inner: Array<Supervisor> = []
        const child = (prefix: string) => (index: number) =>
          supervisorChild({ id: `${prefix}${index}` }, { restart: "temporary" }, (supervisor) => inner.push(supervisor))
        const supervisor = yield* supervise({ strategy: "dynamic" })
        yield* startAll(supervisor, child("a"))
        expect(counts(supervisor)).toEqual([1000, 1000, 1000, 0])
        yield* startAll(supervisor, child("b"))
        expect(counts(supervisor)).toEqual([2000, 2000, 2000, 0])
        expect(supervisor.children()).toHaveLength(2000)
        yield* Effect.forEach(inner, ({ stop }) => stop, { discard: true })
        yield* settled
        expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      })
  )

  it.effect("count_restarting_children", "a child that is being restarted is there but not active", ({ worker }) =>
    Effect.gen(function* () {
      const children = ["a", "b", "c"].map((id) => worker(id, { shutdown: "kill" }))
      const budget = { max: 20, seconds: 10 }
      const supervisor = yield* supervise({
        strategy: "dynamic",
        budget,
        backoff: { base: 1000, cap: 1000, quiet: 2000 }
      })
      expect(counts(supervisor)).toEqual([0, 0, 0, 0])
      for (const [index, { spec }] of children.entries()) {
        yield* supervisor.startChild(spec)
        expect(counts(supervisor)).toEqual([index + 1, index + 1, 0, index + 1])
      }
      for (const { fail } of children) yield* fail
      expect(counts(supervisor)).toEqual([3, 3, 0, 3])
      yield* after(4000)

      const [a, b] = children
      a?.begins("hang")
      b?.begins("fail", 1)
      yield* Effect.forEach([a, b], (child) => child?.fail ?? Effect.void)
      expect(states(supervisor)).toEqual(["a restarting", "b restarting", "c running"])
      expect(counts(supervisor)).toEqual([3, 1, 0, 3])
      a?.begins("run")
      yield* after(40_000)
      expect(counts(supervisor)).toEqual([3, 3, 0, 3])
      expect(a?.starts).toEqual(["run", "run", "hang", "run"])

      for (const [index, { id }] of children.entries()) {
        yield* supervisor.stopChild(id)
        expect(supervisor.count()).toMatchObject({ active: 2 - index })
      }
    })
  )

  it.effect(
    "do_not_save_start_parameters_for_temporary_children",
    "what a child was started with is let go when a temporary one has ended, and kept for all others",
    ({ worker }) =>
      Effect.gen(function* () {
        const play = (supervisor: Supervisor, restart: Restart) =>
          Effect.gen(function* () {
            const child = worker(restart, { restart })
            const parameters = { large: new Uint8Array(10_000) }
            const start = Effect.tap(child.spec.start, () => Effect.sync(() => parameters.large.fill(1)))
            yield* supervisor.startChild({ ...child.spec, start })
            yield* child.end
            return new WeakRef(parameters)
          })
        const plays = yield* Effect.forEach(allStrategies, (strategy) =>
          Effect.gen(function* () {
            const supervisor = yield* supervise({ strategy })
            const all = yield* Effect.forEach(restarts, (restart) => play(supervisor, restart))
            expect([strategy, states(supervisor)]).toEqual([strategy, ["permanent running", "transient ended"]])
            return all
          })
        )
        const [permanent, transient, temporary] = restarts.map((_, index) =>
          plays.flatMap((all) => all.slice(index, index + 1))
        )
        expect(yield* areCollected(temporary ?? [])).toBe(true)
        for (const kept of [...(permanent ?? []), ...(transient ?? [])]) expect(kept.deref()).toBeDefined()
      })
  )

  it.effect(
    "do_not_save_child_specs_for_temporary_children",
    "a temporary child's id is free after any end, an ended transient's or stopped one's is taken, a restarted one's runs",
    ({ worker }) =>
      Effect.gen(function* () {
        const ways = {
          fail: { way: ({ fail }: Worker) => fail, permanent: "already_started", transient: "already_started" },
          end: { way: ({ end }: Worker) => end, permanent: "already_started", transient: "already_present" },
          stop: {
            way: ({ id }: Worker, { stopChild }: Supervisor) => Effect.orDie(stopChild(id)),
            permanent: "already_present",
            transient: "already_present"
          }
        } as const
        for (const strategy of allStrategies) {
          for (const [name, { way, ...expected }] of Object.entries(ways)) {
            const supervisor = yield* supervise({ strategy })
            for (const restart of ["permanent", "transient"] as const) {
              const child = worker(restart, { restart })
              yield* supervisor.startChild(child.spec)
              yield* way(child, supervisor)
              const answer = yield* refusal(supervisor.startChild(child.spec))
              expect([strategy, name, answer]).toEqual([strategy, name, expected[restart]])
              if (answer === "already_present") expect(yield* supervisor.restartChild(restart)).toBe("started")
            }
            const child = worker("temporary", { restart: "temporary" })
            yield* supervisor.startChild(child.spec)
            yield* way(child, supervisor)
            expect(supervisor.childSpec("temporary")).toBeUndefined()
            expect(yield* supervisor.startChild(child.spec)).toBe("started")
            expect(supervisor.count().active).toBe(3)
          }
        }
      })
  )
}

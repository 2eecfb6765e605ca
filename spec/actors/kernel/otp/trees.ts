/** Supervisors below supervisors, and the order of everything. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { supervisorChild, type Supervisor, type SupervisorSpec } from "../../../../actors/kernel/supervisor.ts"
import type { ChildSpec } from "../../../../actors/kernel/child.ts"
import type { Otp } from "./case.ts"
import { after, counts, endOf, noBackoff, settled, states, supervise, type Worker } from "./stage.ts"

const budget = { max: 4, seconds: 3600 }

/** A supervisor as a child, and every supervisor that came of it, oldest first. */
const nested = (spec: SupervisorSpec, more: Partial<ChildSpec> = {}) => {
  const opened: Array<Supervisor> = []
  const child = supervisorChild({ budget, backoff: noBackoff, ...spec }, more, (supervisor) => opened.push(supervisor))
  const now = (): Supervisor => {
    const last = opened.at(-1)
    if (last === undefined) throw new Error(`${spec.id} has not been started`)
    return last
  }
  return { spec: child, opened, now }
}

const lives = (...children: ReadonlyArray<Worker>) => children.map((child) => child.lives())

export const trees = (it: Otp<"admin and misc">) => {
  it.effect(
    "child_unlink",
    "a child that does not let itself be stopped holds up nobody but the one who asked, and that one for its time only",
    ({ worker }) =>
      Effect.gen(function* () {
        const naughty = worker("naughty", { shutdown: 1000, obedience: "refuses" })
        const supervisor = yield* supervise({ children: [naughty.spec] })
        const stopping = yield* Effect.forkChild(supervisor.stopChild("naughty"))
        yield* settled
        expect(states(supervisor)).toEqual(["naughty stopping"])
        expect(yield* supervisor.startChild(worker("b").spec)).toBe("started")
        yield* supervisor.stopChild("b")
        expect(naughty.reasons).toEqual([])
        yield* after(1000)
        yield* Fiber.join(stopping)
        expect(naughty.reasons).toEqual([{ kind: "killed" }])
        expect(states(supervisor)).toEqual(["naughty ended", "b ended"])
        // What it does after it was given up on is nobody's business any more.
        yield* naughty.fail
        expect(states(supervisor)).toEqual(["naughty ended", "b ended"])
        expect(naughty.lives()).toBe(1)
      })
  )

  it.effect(
    "tree",
    "a failure is met at the lowest place that can; what grows too much there starts the whole tree again",
    ({ worker }) =>
      Effect.gen(function* () {
        const [a, b, c, d] = [worker("a"), worker("b"), worker("c"), worker("d")]
        const one = nested({ id: "one", children: [a.spec, b.spec] })
        const two = nested({ id: "two" })
        const three = nested({ id: "three" }, { restart: "transient" })
        const four = nested({ id: "four" }, { restart: "transient" })
        const top = yield* supervise({ strategy: "one_for_all", budget })
        for (const { spec } of [one, two, three, four]) yield* top.startChild(spec)
        yield* top.stopChild("three")
        yield* four.now().stop
        yield* settled
        expect(counts(top)).toEqual([4, 2, 4, 0])
        expect([counts(one.now()), counts(two.now())]).toEqual([
          [2, 2, 0, 2],
          [0, 0, 0, 0]
        ])
        for (const { spec } of [c, d]) yield* two.now().startChild(spec)
        yield* d.fail
        expect(lives(a, b, c, d)).toEqual([1, 1, 1, 2])

        c.begins("fail")
        yield* c.fail
        expect(top.children()).toMatchObject([
          { id: "one", state: "running", children: [{ id: "a" }, { id: "b" }] },
          { id: "two", state: "running", children: [] },
          // OTP starts also this one again; here what somebody stopped stays stopped until somebody restarts it.
          { id: "three", state: "ended" },
          { id: "four", state: "running", children: [] }
        ])
        const [failure] = top.children().flatMap(({ lastFailure }) => (lastFailure === undefined ? [] : [lastFailure]))
        expect(failure?.reason).toMatchObject({ kind: "exhausted", supervisor: "two", budget })
        expect([one, two, three, four].map(({ opened }) => opened.length)).toEqual([2, 2, 1, 2])
        expect([counts(one.now()), counts(two.now())]).toEqual([
          [2, 2, 0, 2],
          [0, 0, 0, 0]
        ])
        expect(lives(a, b, c, d)).toEqual([2, 2, 1, 2])
        expect([c.isAlive(), d.isAlive()]).toEqual([false, false])
      })
  )

  it.effect(
    "simple_global_supervisor",
    "in a tree of two storeys a new worker comes whatever ended the old one, and a new storey only when the storey ended",
    ({ worker }) =>
      Effect.gen(function* () {
        const shared = { strategy: "one_for_all", budget: { max: 3, seconds: 60 } } as const
        const ways: Readonly<
          Record<string, [number, (server: Worker, middle: Supervisor) => Effect.Effect<unknown, unknown>]>
        > = {
          "the storey is stopped behind its parent's back": [2, (_server, { stop }) => stop],
          "the worker fails": [1, ({ fail }) => fail],
          "the worker ends": [1, ({ end }) => end],
          "the worker is restarted by hand": [
            1,
            (_server, { stopChild, restartChild }) => Effect.andThen(stopChild("server"), restartChild("server"))
          ]
        }
        for (const [name, [storeys, way]] of Object.entries(ways)) {
          const server = worker("server", { shutdown: 2000 })
          const middle = nested({ ...shared, id: "middle", children: [server.spec] }, { shutdown: 2000 })
          const top = yield* supervise({ ...shared, children: [middle.spec] })
          yield* way(server, middle.now())
          yield* settled
          expect([name, server.lives(), middle.opened.length]).toEqual([name, 2, storeys])
          expect(states(middle.now())).toEqual(["server running"])
          yield* top.stop
          expect(server.isAlive()).toBe(false)
        }
      })
  )

  it.effect(
    "temporary_bystander",
    "a temporary child that is stopped for a sibling's sake is not started again",
    ({ worker }) =>
      Effect.gen(function* () {
        for (const strategy of ["one_for_all", "rest_for_one"] as const) {
          const [a, b] = [worker("a", { shutdown: 100 }), worker("b", { shutdown: 100, restart: "temporary" })]
          const supervisor = yield* supervise({ strategy, budget: { max: 2, seconds: 300 } })
          for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
          yield* a.end
          yield* after(350)
          expect(yield* endOf(supervisor)).toBe("goes on")
          expect(states(supervisor)).toEqual(["a running"])
          expect(lives(a, b)).toEqual([2, 1])
          expect(b.reasons).toEqual([{ kind: "shutdown" }])
        }
      })
  )

  it.effect(
    "order_of_children",
    "children start in the order given, whatever their ids, and stop the other way round",
    ({ worker, log }) =>
      Effect.gen(function* () {
        const ids = ["ch7", "ch3", "ch10", "ch2", "ch5"]
        const children = ids.map((id) => worker(id))
        const supervisor = yield* supervise({ strategy: "rest_for_one", children: children.map(({ spec }) => spec) })
        const said = () => log.splice(0)
        expect(said()).toEqual(["+ch7", "+ch3", "+ch10", "+ch2", "+ch5"])
        yield* children[2]?.fail ?? Effect.die("no third child")
        expect(said()).toEqual(["-ch10", "-ch5", "-ch2", "+ch10", "+ch2", "+ch5"])
        expect(supervisor.children().map(({ id }) => id)).toEqual(ids)
        yield* supervisor.stop
        expect(said()).toEqual(["-ch5", "-ch2", "-ch10", "-ch3", "-ch7"])
      })
  )
}

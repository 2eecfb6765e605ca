/** What a supervisor does after a child's end: when it restarts whom, how long it waits, when it gives up. */
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import { explain } from "../../../actors/kernel/reason.ts"
import {
  observer,
  startSupervisor,
  supervisorChild,
  type SupervisionEvent,
  type SupervisorSpec
} from "../../../actors/kernel/supervisor.ts"
import { blameless, half, kindsOf, normally, puppets, refusalOf, settle, states, viewOf } from "./puppet.ts"

describe("restarts", () => {
  it.effect("wait longer with each failure in a row, at random, and not at all after a quiet time", () =>
    Effect.gen(function* () {
      const events: Array<SupervisionEvent> = []
      const { puppet } = puppets()
      const a = puppet("a")
      const spec = { id: "s", budget: { max: 100, seconds: 1 }, backoff: { quiet: 10_000 }, children: [a.spec] }
      yield* Effect.provideService(startSupervisor(spec), observer, (event) => void events.push(event))
      for (let times = 0; times < 6; times++) {
        a.fail()
        yield* TestClock.adjust(2000)
      }
      yield* TestClock.adjust(10_000)
      a.fail()
      yield* settle
      const delays = events.flatMap((event) => (event.type === "child.restarting" ? [event.delay] : []))
      expect(delays[0]).toBe(0)
      expect(delays[6]).toBe(0)
      for (const [index, longest] of [0, 100, 200, 400, 800, 1600].entries())
        expect(delays[index]).toBeLessThanOrEqual(longest)
      expect(new Set(delays.slice(1, 6)).size).toBeGreaterThan(3)
      expect(a.lives()).toBe(8)
    }).pipe(Random.withSeed("backoff"))
  )

  it.effect("of two children that failed together are not in step", () =>
    Effect.gen(function* () {
      const delays: Record<string, Array<number>> = {}
      const note = (event: SupervisionEvent) => {
        if (event.type === "child.restarting") (delays[event.path] ??= []).push(event.delay)
      }
      const { puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const spec = { id: "s", budget: { max: 100, seconds: 1 }, children: [a.spec, b.spec] }
      yield* Effect.provideService(startSupervisor(spec), observer, note)
      for (let times = 0; times < 5; times++) {
        a.fail()
        b.fail()
        yield* TestClock.adjust(3000)
      }
      expect(delays["s/a"]?.slice(1)).not.toEqual(delays["s/b"]?.slice(1))
    }).pipe(Random.withSeed("step"))
  )

  it.effect("of one child do not make another wait, except of its group", () =>
    Effect.gen(function* () {
      for (const [strategy, delay] of [
        ["one_for_one", 0],
        ["one_for_all", 50]
      ] as const) {
        const events: Array<SupervisionEvent> = []
        const { puppet } = puppets()
        const [a, b] = [puppet("a"), puppet("b")]
        const start = startSupervisor({ id: "s", strategy, children: [a.spec, b.spec] })
        yield* Effect.provideService(start, observer, (event) => void events.push(event))
        a.fail()
        yield* settle
        b.fail()
        yield* TestClock.adjust(1000)
        expect(events.filter(({ type }) => type === "child.restarting")).toMatchObject([
          { path: "s/a", delay: 0 },
          { path: "s/b", delay }
        ])
      }
    }).pipe(Effect.provideService(Random.Random, half))
  )

  it.effect("of a group that waits take place also when a newcomer behind it fails", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b, c] = [puppet("a"), puppet("b"), puppet("c")]
      const children = [a.spec, b.spec]
      const supervisor = yield* startSupervisor({ id: "s", strategy: "rest_for_one", children })
      b.fail()
      yield* settle
      b.fail()
      yield* settle
      expect(states(supervisor.children())).toEqual(["a running", "b restarting"])
      yield* supervisor.startChild(c.spec)
      log.length = 0
      c.fail()
      yield* TestClock.adjust(1000)
      expect(log).toEqual(["-c", "~c", "+b", "+c"])
      expect(states(supervisor.children())).toEqual(["a running", "b running", "c running"])
    }).pipe(Effect.provideService(Random.Random, half))
  )

  it.effect("after an interruption count towards no budget; after a normal end of a permanent child they do", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const a = puppet("a")
      const spec = { id: "s", budget: { max: 2, seconds: 1000 }, backoff: { base: 0 }, children: [a.spec] }
      const supervisor = yield* startSupervisor(spec)
      for (let times = 0; times < 10; times++) {
        a.end(Effect.interrupt)
        yield* settle
      }
      expect([a.lives(), viewOf(supervisor, "a")?.restarts]).toEqual([11, 0])
      a.end(normally)
      yield* settle
      a.end(blameless)
      yield* settle
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "running", restarts: 2 })
      expect(viewOf(supervisor, "a")).not.toHaveProperty("lastFailure")
    })
  )

  it.effect("whose start fails are tried again, each try counted", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const a = puppet("a")
      const spec: SupervisorSpec = { id: "s", backoff: { base: 0 }, children: [a.spec] }
      const supervisor = yield* startSupervisor(spec)
      a.starts.push(Effect.fail("one"), Effect.die("two"))
      a.fail()
      yield* settle
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "running", restarts: 3 })
      a.fail()
      const reason = yield* supervisor.ended
      expect(explain(reason)).toBe("more than 3 restarts in 5 s; last a: a broke")
      expect(reason).toMatchObject({
        supervisor: "s",
        causes: [
          { child: "a", reason: { kind: "failed" } },
          { child: "a", reason: { kind: "start_failed", error: "one" } },
          { child: "a", reason: { kind: "start_failed", error: "two" } },
          { child: "a", reason: { kind: "failed" } }
        ]
      })
      expect(log.at(-1)).toBe("a: a broke")
    })
  )

  it.effect("of a child that was stopped by hand do not happen, not even with its group", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b, c] = [puppet("a"), puppet("b"), puppet("c", { restart: "transient" })]
      const children = [a.spec, b.spec, c.spec]
      const supervisor = yield* startSupervisor({ id: "s", strategy: "one_for_all", children })
      yield* supervisor.stopChild("a")
      c.end(normally)
      yield* settle
      log.length = 0
      b.fail()
      yield* settle
      // c had ended by itself: as in OTP it belongs to the group that starts anew.
      expect(log).toEqual(["-b", "~b", "+b", "+c"])
      expect(states(supervisor.children())).toEqual(["a ended", "b running", "c running"])
    })
  )

  it.effect("of a group take along who was just starting, once it has started", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const a = puppet("a")
      const supervisor = yield* startSupervisor({ id: "s", strategy: "rest_for_one", children: [a.spec] })
      const b = puppet("b")
      const slow = { ...b.spec, start: Effect.andThen(Effect.sleep(50), b.spec.start) }
      const fiber = yield* Effect.forkChild(supervisor.startChild(slow), { startImmediately: true })
      a.fail()
      yield* TestClock.adjust(100)
      expect(yield* Fiber.join(fiber)).toBe("started")
      // b is stopped before its new life has done anything, so that life has no end to tell of.
      expect(log).toEqual(["+a", "-a", "~a", "+a", "+b", "~b", "+b"])
      expect(states(supervisor.children())).toEqual(["a running", "b running"])
    })
  )

  it.effect("of a group begin anew when a member fails meanwhile", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b, c] = [puppet("a"), puppet("b"), puppet("c")]
      const children = [a.spec, b.spec, c.spec]
      const spec: SupervisorSpec = { id: "s", strategy: "one_for_all", backoff: { base: 0 }, children }
      const supervisor = yield* startSupervisor(spec)
      b.starts.push(Effect.never)
      c.fail()
      yield* settle
      expect(log.splice(0)).toEqual(["+a", "+b", "+c", "-c", "~c", "-b", "~b", "-a", "~a", "+a"])
      a.fail()
      yield* settle
      expect(log).toEqual(["-a", "~a", "+a", "+b", "+c"])
      expect(viewOf(supervisor, "a")?.restarts).toBe(1)
    })
  )
})

describe("a restart that is called off", () => {
  /** A clock that knows how many sleep by it: a sleep that nobody needs would keep the process from ending. */
  const counting = Effect.map(Effect.service(Clock.Clock), (clock) => {
    const sleepers = { now: 0 }
    const sleep: Clock.Clock["sleep"] = (duration) =>
      Effect.acquireUseRelease(
        Effect.sync(() => void sleepers.now++),
        () => clock.sleep(duration),
        () => Effect.sync(() => void sleepers.now--)
      )
    const counted: Clock.Clock = Object.assign(Object.create(clock), { sleep })
    return { sleepers, counted }
  })
  const slowly = { base: 10_000, cap: 10_000, quiet: 60_000 }

  it.effect("by stopChild, by stop or by a wider restart leaves nothing that sleeps", () =>
    Effect.gen(function* () {
      for (const strategy of ["one_for_one", "rest_for_one"] as const) {
        const { sleepers, counted } = yield* counting
        const { puppet } = puppets()
        const [a, b] = [puppet("a"), puppet("b")]
        const children = [a.spec, b.spec]
        const start = startSupervisor({ id: "s", strategy, backoff: slowly, children })
        const supervisor = yield* Effect.provideService(start, Clock.Clock, counted)
        b.fail()
        yield* settle
        expect([strategy, sleepers.now]).toEqual([strategy, 0])
        b.fail()
        yield* settle
        expect([strategy, sleepers.now]).toEqual([strategy, 1])
        if (strategy === "rest_for_one") a.fail()
        else yield* supervisor.stopChild("b")
        yield* settle
        expect([strategy, sleepers.now]).toEqual([strategy, strategy === "rest_for_one" ? 1 : 0])
        yield* supervisor.stop
        expect([strategy, sleepers.now]).toEqual([strategy, 0])
      }
    }).pipe(Random.withSeed("sleepers"))
  )

  it.effect("for one member that was then started by hand does not come back to it", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const children = [a.spec, b.spec]
      const supervisor = yield* startSupervisor({ id: "s", strategy: "one_for_all", children })
      const gate = yield* Deferred.make<never, string>()
      a.starts.push(Deferred.await(gate))
      b.fail()
      yield* settle
      yield* supervisor.stopChild("b")
      yield* supervisor.restartChild("b")
      yield* supervisor.stopChild("a")
      yield* settle
      expect([b.lives(), b.isAlive()]).toEqual([2, true])
    })
  )
})

describe("an exceeded budget", () => {
  it.effect("escalates once, level by level, with the whole chain of causes", () =>
    Effect.gen(function* () {
      const events: Array<SupervisionEvent> = []
      const { puppet } = puppets()
      const a = puppet("a")
      const budget = { max: 1, seconds: 5 }
      const inner = supervisorChild(
        { id: "inner", budget, backoff: { base: 0 }, children: [a.spec] },
        { restart: "transient" }
      )
      const start = startSupervisor({ id: "root", budget, backoff: { base: 0 }, children: [inner] })
      const root = yield* Effect.provideService(start, observer, (event) => void events.push(event))
      for (let times = 0; times < 4; times++) {
        a.fail(`boom ${times}`)
        yield* settle
      }
      const reason = yield* root.ended
      const causes = (first: number) => ({
        kind: "exhausted",
        supervisor: "inner",
        budget,
        causes: [0, 1].map((each) => ({
          child: "a",
          reason: { kind: "failed", error: new Error(`boom ${first + each}`) }
        }))
      })
      expect(reason).toEqual({
        kind: "exhausted",
        supervisor: "root",
        budget,
        causes: [
          { child: "inner", reason: causes(0) },
          { child: "inner", reason: causes(2) }
        ]
      })
      const exhausted = events.filter(({ type }) => type === "supervisor.exhausted")
      expect(kindsOf(exhausted)).toEqual([
        "supervisor.exhausted root/inner",
        "supervisor.exhausted root/inner",
        "supervisor.exhausted root"
      ])
    })
  )

  it.effect("with quarantine takes the child out of use and nothing else, until restartChild", () =>
    Effect.gen(function* () {
      const events: Array<SupervisionEvent> = []
      const { log, puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const start = startSupervisor({
        id: "s",
        exceeded: "quarantine",
        budget: { max: 1, seconds: 60 },
        backoff: { base: 0 },
        children: [a.spec, b.spec]
      })
      const supervisor = yield* Effect.provideService(start, observer, (event) => void events.push(event))
      for (const each of [a, b, a]) {
        each.fail()
        yield* settle
      }
      expect(states(supervisor.children())).toEqual(["a quarantined", "b running"])
      expect(log.at(-1)).toBe("a: more than 1 restarts in 60 s; last a: a broke")
      expect(kindsOf(events).at(-1)).toBe("child.quarantined s/a")
      expect(viewOf(supervisor, "a")?.lastFailure?.reason).toMatchObject({ kind: "exhausted", causes: [{}, {}] })
      yield* supervisor.stopChild("a")
      expect(viewOf(supervisor, "a")?.state).toBe("quarantined")

      a.starts.push(Effect.fail("still broken"))
      expect(yield* refusalOf(supervisor.restartChild("a"))).toBe("start_failed")
      expect(viewOf(supervisor, "a")?.state).toBe("quarantined")
      expect(yield* supervisor.restartChild("a")).toBe("started")
      a.fail()
      yield* settle
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "running", restarts: 1 })
    })
  )
})

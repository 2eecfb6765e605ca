/** Supervisors by behaviour, on a virtual clock. The cases of OTP's suite stand in otp/. */
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import type { ChildView } from "../../../actors/kernel/child.ts"
import { explain } from "../../../actors/kernel/reason.ts"
import {
  observer,
  startSupervisor,
  type SupervisionEvent,
  supervisorChild,
  type Supervisor,
  type SupervisorSpec,
  treePath
} from "../../../actors/kernel/supervisor.ts"
import { armed, blameless, normally, puppets, refusalOf, settle } from "./puppet.ts"

const states = (views: ReadonlyArray<ChildView>): ReadonlyArray<string> =>
  views.map(({ id, state }) => `${id} ${state}`)
/** Chance that always throws the same. */
const half: Random.Random = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }
const viewOf = (supervisor: Supervisor, id: string) => supervisor.children().find((view) => view.id === id)
const kindsOf = (events: ReadonlyArray<SupervisionEvent>) => events.map(({ type, path }) => `${type} ${path}`)

describe("start and stop", () => {
  it.effect("start left to right, stop right to left, and only then the scope goes on closing", () =>
    Effect.gen(function* () {
      yield* armed
      const { log, puppet } = puppets()
      const children = ["a", "b", "c"].map((id) => puppet(id, {}, 10).spec)
      const work = Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Effect.sync(() => log.push("after")))
          const supervisor = yield* startSupervisor({ id: "s", children })
          expect(states(supervisor.children())).toEqual(["a running", "b running", "c running"])
        })
      )
      const fiber = yield* Effect.forkChild(work)
      yield* TestClock.adjust(1000)
      yield* Fiber.join(fiber)
      const stopped = ["c", "b", "a"].flatMap((id) => [`-${id}`, `~${id}`, `${id}: shutdown`])
      expect(log).toEqual(["+a", "+b", "+c", ...stopped, "after"])
    })
  )

  it.effect("a child that cannot start stops those before it and fails the start with its reason", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b, c] = [puppet("a"), puppet("b"), puppet("c")]
      b.starts.push(Effect.fail(new Error("no port")))
      const children = [a.spec, b.spec, c.spec]
      const refused = yield* Effect.flip(startSupervisor({ id: "s", children }))
      expect(refused).toMatchObject({ _tag: "Refused", kind: "start_failed" })
      expect(refused.message).toBe("child b of s did not start: could not start: no port")
      expect(log).toEqual(["+a", "b: could not start: no port", "-a", "~a", "a: shutdown"])
    })
  )

  it.effect("an interrupted start leaves nothing behind", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      b.starts.push(Effect.never)
      const start = Effect.scoped(startSupervisor({ id: "s", children: [a.spec, b.spec] }))
      const fiber = yield* Effect.forkChild(start, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      expect(log).toEqual(["+a", "b: shutdown", "-a", "~a", "a: shutdown"])
    })
  )

  it.effect(
    "a child that fails while its siblings are still starting is restarted; a group waits until all have started",
    () =>
      Effect.gen(function* () {
        for (const strategy of ["one_for_one", "one_for_all"] as const) {
          const { log, puppet } = puppets()
          const [a, b] = [puppet("a"), puppet("b")]
          b.starts.push(Effect.andThen(Effect.sleep(100), Effect.fail("not yet")))
          const late = { ...b.spec, start: Effect.andThen(Effect.sleep(100), puppet("b").spec.start) }
          const fiber = yield* Effect.forkChild(startSupervisor({ id: "s", strategy, children: [a.spec, late] }))
          yield* TestClock.adjust(50)
          a.fail()
          yield* settle
          expect(log.splice(0)).toEqual(["+a", "-a", "~a", ...(strategy === "one_for_one" ? ["+a"] : [])])
          yield* TestClock.adjust(50)
          yield* settle
          yield* TestClock.adjust(100)
          yield* settle
          const supervisor = yield* Fiber.join(fiber)
          expect(log).toEqual(strategy === "one_for_one" ? ["+b"] : ["+b", "~b", "+a", "+b"])
          expect(states(supervisor.children())).toEqual(["a running", "b running"])
        }
      })
  )

  it.effect("dynamic children stop all at once, in the time of the slowest", () =>
    Effect.gen(function* () {
      yield* armed
      const { puppet } = puppets()
      const supervisor = yield* startSupervisor({ id: "s", strategy: "dynamic" })
      for (const time of [100, 300, 200]) yield* supervisor.startChild(puppet(`c${time}`, {}, time).spec)
      const fiber = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
      yield* TestClock.adjust(299)
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(1)
      expect(fiber.pollUnsafe()).toBeDefined()
    })
  )

  it.effect("what is asked of a supervisor that stops or has ended is refused", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const supervisor = yield* startSupervisor({ id: "s", children: [puppet("a", {}, 100).spec] })
      const fiber = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
      expect(yield* refusalOf(supervisor.startChild(puppet("b").spec))).toBe("ended")
      yield* TestClock.adjust(100)
      yield* Fiber.join(fiber)
      expect(yield* refusalOf(supervisor.startChild(puppet("b").spec))).toBe("ended")
      expect(yield* refusalOf(supervisor.restartChild("a"))).toBe("ended")
      expect(log).not.toContain("+b")
      yield* supervisor.stop
    })
  )

  it.effect("a budget exceeded while siblings are still starting fails the start with its causes", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const slow = { ...b.spec, start: Effect.andThen(Effect.sleep(100), b.spec.start) }
      const start = startSupervisor({ id: "s", budget: { max: 0, seconds: 1 }, children: [a.spec, slow] })
      const fiber = yield* Effect.forkChild(Effect.flip(start), { startImmediately: true })
      a.fail()
      const refused = yield* Fiber.join(fiber)
      expect(refused).toMatchObject({ kind: "start_failed", reason: { kind: "exhausted", causes: [{ child: "a" }] } })
      expect(refused.message).toBe("supervisor s ended while it started: more than 0 restarts in 1 s; last a: a broke")
      expect(log).toEqual(["+a", "-a", "~a", "a: a broke", "b: shutdown"])
    })
  )

  it.effect("a child whose back-off ends while others are being stopped is not started any more", () =>
    Effect.gen(function* () {
      yield* armed
      const { log, puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b", {}, 100)]
      const supervisor = yield* startSupervisor({ id: "s", children: [a.spec, b.spec] })
      a.fail()
      yield* settle
      a.fail()
      yield* settle
      expect(viewOf(supervisor, "a")?.state).toBe("restarting")
      log.length = 0
      const fiber = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
      yield* TestClock.adjust(100)
      yield* Fiber.join(fiber)
      expect(log).toEqual(["-b", "~b", "b: shutdown", "a: shutdown"])
    }).pipe(Effect.provideService(Random.Random, half))
  )

  it.effect("a child that fails while others are being stopped ends for its own reason, once", () =>
    Effect.gen(function* () {
      yield* armed
      const events: Array<SupervisionEvent> = []
      const { log, puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b", {}, 100)]
      const start = startSupervisor({ id: "s", children: [a.spec, b.spec] })
      const supervisor = yield* Effect.provideService(start, observer, (event) => void events.push(event))
      const fiber = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
      a.fail()
      yield* TestClock.adjust(100)
      yield* Fiber.join(fiber)
      expect(log.slice(2)).toEqual(["-a", "~a", "a: a broke", "-b", "~b", "b: shutdown"])
      expect(kindsOf(events).slice(2)).toEqual(["child.ended s/a", "child.ended s/b"])
    })
  )

  it.effect("a child that is starting when its supervisor stops is stopped too", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const supervisor = yield* startSupervisor({ id: "s" })
      const a = puppet("a")
      a.starts.push(Effect.never)
      const fiber = yield* Effect.forkChild(Effect.flip(supervisor.startChild(a.spec)), { startImmediately: true })
      yield* supervisor.stop
      expect(yield* Fiber.join(fiber)).toMatchObject({ kind: "start_failed", reason: { kind: "shutdown" } })
      expect(log).toEqual(["a: shutdown"])
    })
  )
})

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

describe("while a child hangs in its start", () => {
  it.effect("all others may be started, stopped, restarted and deleted, and it itself stopped", () =>
    Effect.gen(function* () {
      for (const strategy of ["one_for_one", "one_for_all", "rest_for_one", "dynamic"] as const) {
        const { puppet } = puppets()
        const [a, b, c] = [puppet("a"), puppet("b"), puppet("c")]
        const supervisor = yield* startSupervisor({ id: "s", strategy, backoff: { base: 0 } })
        for (const { spec } of [a, b]) yield* supervisor.startChild(spec)
        a.starts.push(Effect.never)
        a.fail()
        yield* settle
        expect(viewOf(supervisor, "a")?.state).toBe("restarting")
        expect(yield* supervisor.startChild(c.spec)).toBe("started")
        yield* supervisor.stopChild("b")
        yield* supervisor.restartChild("b")
        yield* supervisor.stopChild("b")
        yield* supervisor.deleteChild("b")
        expect(yield* refusalOf(supervisor.restartChild("a"))).toBe("restarting")
        expect(yield* refusalOf(supervisor.deleteChild("a"))).toBe("restarting")
        expect(states(supervisor.children())).toEqual(["a restarting", "c running"])
        yield* supervisor.stopChild("a")
        expect(states(supervisor.children())).toEqual(["a ended", "c running"])
        expect(yield* supervisor.restartChild("a")).toBe("started")
        yield* supervisor.stop
      }
    })
  )

  it.effect("its group goes on with the others when it is stopped", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const [a, b] = [puppet("a"), puppet("b")]
      const children = [a.spec, b.spec]
      const supervisor = yield* startSupervisor({ id: "s", strategy: "one_for_all", backoff: { base: 0 }, children })
      a.starts.push(Effect.never)
      b.fail()
      yield* settle
      expect(states(supervisor.children())).toEqual(["a restarting", "b restarting"])
      yield* supervisor.stopChild("a")
      yield* settle
      expect(states(supervisor.children())).toEqual(["a ended", "b running"])
    })
  )

  it.effect("a loop of restarts leaves room for others, and ends when asked to", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const budget = { max: 1_000_000, seconds: 1 }
      const supervisor = yield* startSupervisor({ id: "s", budget, backoff: { base: 0 } })
      yield* supervisor.startChild({ id: "loop", start: Effect.succeed(Effect.fail("boom")) })
      yield* settle
      expect(viewOf(supervisor, "loop")?.restarts).toBeGreaterThan(10)
      expect(yield* supervisor.startChild(puppet("a").spec)).toBe("started")
      yield* supervisor.stopChild("loop")
      const after = viewOf(supervisor, "loop")
      yield* settle
      expect([viewOf(supervisor, "loop"), after?.state]).toEqual([after, "ended"])
    })
  )
})

describe("a wrong spec is refused, and everything goes on", () => {
  const life = Effect.succeed(Effect.never)
  it.effect.each<readonly [unknown, string]>([
    [null, "a child spec must be an object with id and start, not null"],
    [{ start: life }, "child undefined: id must be 1 to 128 letters, digits or ._:#@-, not undefined"],
    [{ id: "a b", start: life }, 'child "a b": id must be 1 to 128 letters, digits or ._:#@-, not "a b"'],
    [{ id: "a", start: () => 1 }, 'child "a": start must be an Effect, not a function'],
    [
      { id: "a", start: life, restart: "always" },
      'child "a": restart must be one of permanent, transient, temporary, not "always"'
    ],
    [
      { id: "a", start: life, shutdown: -1 },
      'child "a": shutdown must be milliseconds (0 or more), kill or infinity, not -1'
    ],
    [
      { id: "a", start: life, startWithin: 0 },
      'child "a": startWithin must be milliseconds (more than 0) or infinity, not 0'
    ],
    [
      { id: "a", start: life, kind: "thing" },
      'child "a": kind must be one of worker, supervisor, runtime, plugin, host, tool, lane, agent, not "thing"'
    ],
    [{ id: "a", start: life, onEnd: true }, 'child "a": onEnd must be a function, not true'],
    [
      { id: "a", start: life, significant: true },
      'child "a": a significant child must be transient or temporary; a permanent one never ends by itself'
    ],
    [
      { id: "a", start: life, restart: "temporary", significant: true },
      'child "a": significant needs a supervisor with autoShutdown any_significant or all_significant'
    ]
  ])("%#", ([spec, message]) =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s", children: [{ id: "x", start: life }] })
      const refused = yield* Effect.flip(supervisor.startChild(spec as never))
      expect(refused).toMatchObject({ _tag: "Refused", kind: "bad_spec", message })
      expect(states(supervisor.children())).toEqual(["x running"])
      const inList = yield* Effect.flip(startSupervisor({ id: "t", children: [spec as never] }))
      expect(inList.message).toBe(`supervisor "t": ${message}`)
    })
  )

  it.effect.each<readonly [unknown, string]>([
    [undefined, "a supervisor spec must be an object with an id, not undefined"],
    [{ id: "" }, 'supervisor "": id must be 1 to 128 letters, digits or ._:#@-, not ""'],
    [
      { id: "s", strategy: "some" },
      'supervisor "s": strategy must be one of one_for_one, one_for_all, rest_for_one, dynamic, not "some"'
    ],
    [
      { id: "s", budget: { max: 1.5, seconds: 1 } },
      'supervisor "s": budget must be { max: a whole number, 0 or more; seconds: more than 0 }, not an object'
    ],
    [
      { id: "s", backoff: { base: -1 } },
      'supervisor "s": backoff must be { base?, cap?, quiet? } in milliseconds, 0 or more, not an object'
    ],
    [{ id: "s", children: {} }, 'supervisor "s": children must be a list of child specs, not an object'],
    [
      { id: "s", strategy: "dynamic", children: [{ id: "a", start: life }] },
      'supervisor "s": children must be left out with strategy dynamic; add them with startChild'
    ],
    [
      { id: "s", strategy: "dynamic", autoShutdown: "any_significant" },
      'supervisor "s": autoShutdown must be never with strategy dynamic'
    ],
    [
      { id: "s", children: ["a", "b", "a"].map((id) => ({ id, start: life })) },
      'supervisor "s": children must have an id each; "a" stands twice'
    ]
  ])("supervisor %#", ([spec, message]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(startSupervisor(spec as never))
      expect(refused).toMatchObject({ kind: "bad_spec", message })
    })
  )

  it.effect("a question about nobody says who is there", () =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s", children: ["a", "b"].map((id) => ({ id, start: life })) })
      const { message } = yield* Effect.flip(supervisor.stopChild("c"))
      expect(message).toBe('supervisor s has no child "c": it has a, b')
    })
  )
})

describe("a tree", () => {
  it.effect("is seen whole from its root, and heard with paths", () =>
    Effect.gen(function* () {
      const events: Array<SupervisionEvent> = []
      let path = ""
      const a = {
        id: "a",
        start: Effect.andThen(
          Effect.map(treePath, (here) => void (path = here)),
          Effect.succeed(Effect.never)
        ),
        facts: () => ({ pid: 7 })
      }
      const plugin = supervisorChild({ id: "inner", children: [a] }, { id: "git", kind: "plugin" })
      const start = startSupervisor({ id: "root", children: [plugin] })
      const root = yield* Effect.provideService(start, observer, (event) => void events.push(event))
      expect(root.children()).toEqual([
        {
          id: "git",
          kind: "plugin",
          state: "running",
          restarts: 0,
          since: 0,
          facts: {},
          children: [{ id: "a", kind: "worker", state: "running", restarts: 0, since: 0, facts: { pid: 7 } }]
        }
      ])
      expect(root.count()).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 })
      expect([kindsOf(events), path]).toEqual([["child.started root/git/a", "child.started root/git"], "root/git"])
    })
  )

  it.effect("hands out each supervisor that has started", () =>
    Effect.gen(function* () {
      const { puppet } = puppets()
      const a = puppet("a")
      const opened: Array<Supervisor> = []
      const inner = supervisorChild({ id: "inner", budget: { max: 0, seconds: 1 }, children: [a.spec] }, {}, (each) =>
        opened.push(each)
      )
      yield* startSupervisor({ id: "root", children: [inner] })
      a.fail()
      yield* settle
      expect(opened.length).toBe(2)
      expect(yield* opened[0]?.ended ?? Effect.never).toMatchObject({ kind: "exhausted" })
      expect(states(opened[1]?.children() ?? [])).toEqual(["a running"])
    })
  )

  it.effect("whose inner supervisor ends by autoShutdown goes on without it when it is transient", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const a = puppet("a", { restart: "transient", significant: true })
      const spec: SupervisorSpec = {
        id: "inner",
        autoShutdown: "any_significant",
        children: [puppet("b").spec, a.spec]
      }
      const onEnd = ({ kind }: { readonly kind: string }) => log.push(`inner: ${kind}`)
      const root = yield* startSupervisor({
        id: "root",
        children: [supervisorChild(spec, { restart: "transient", onEnd })]
      })
      a.end(normally)
      yield* settle
      expect(states(root.children())).toEqual(["inner ended"])
      expect(log.slice(2)).toEqual(["-a", "~a", "a: normal", "-b", "~b", "b: shutdown", "inner: shutdown"])
    })
  )

  it.effect("with an observer that throws goes on", () =>
    Effect.gen(function* () {
      const bad = (): never => {
        throw new Error("no")
      }
      const { puppet } = puppets()
      const root = yield* Effect.provideService(
        startSupervisor({ id: "root", children: [puppet("a").spec] }),
        observer,
        bad
      )
      expect(states(root.children())).toEqual(["a running"])
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})

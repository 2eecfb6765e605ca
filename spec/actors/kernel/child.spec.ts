/** One child's life under a supervisor: its start in its time, its stop in its time, its scope, and what is told of it. */
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { type ChildSpec, ignored } from "../../../actors/kernel/child.ts"
import type { Reason } from "../../../actors/kernel/reason.ts"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { armed, normally, puppets, settle, viewOf } from "./puppet.ts"

const supervise = (...children: ReadonlyArray<ChildSpec>) => startSupervisor({ id: "s", children })
const unstoppable = Effect.uninterruptible(Effect.never)

/** Milliseconds of virtual time that an effect takes. */
const timeOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(Effect.andThen(effect, Clock.currentTimeMillis))
    yield* TestClock.adjust(100_000)
    return (yield* Fiber.join(fiber)) - from
  })

describe("start", () => {
  it.effect("fails when it takes longer than startWithin, and what it had acquired is released", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const acquired = Effect.acquireRelease(Effect.void, () => Effect.sync(() => log.push("released")))
      const supervisor = yield* startSupervisor({ id: "s" })
      const start = Effect.andThen(acquired, Effect.never)
      const asked = supervisor.startChild({ id: "a", start, startWithin: 700, onEnd: ({ kind }) => log.push(kind) })
      const fiber = yield* Effect.forkChild(Effect.flip(asked), { startImmediately: true })
      yield* TestClock.adjust(699)
      expect([viewOf(supervisor, "a")?.state, log]).toEqual(["starting", []])
      yield* TestClock.adjust(1)
      const refused = yield* Fiber.join(fiber)
      expect(refused).toMatchObject({ kind: "start_failed", reason: { kind: "start_failed" } })
      expect(refused.message).toBe("child a of s did not start: could not start: its start took longer than 700 ms")
      expect([supervisor.children(), log]).toEqual([[], ["released", "start_failed"]])
    })
  )

  it.effect("has thirty seconds by default, and all the time there is with infinity", () =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s" })
      const start = Effect.as(Effect.sleep(40_000), Effect.never)
      const byDefault = yield* Effect.forkChild(Effect.flip(supervisor.startChild({ id: "a", start })))
      const patient = yield* Effect.forkChild(supervisor.startChild({ id: "b", start, startWithin: "infinity" }))
      yield* TestClock.adjust(40_000)
      expect((yield* Fiber.join(byDefault)).kind).toBe("start_failed")
      expect(yield* Fiber.join(patient)).toBe("started")
    })
  )

  it.effect("that cannot be interrupted is abandoned when its time and its shutdown time are over", () =>
    Effect.gen(function* () {
      let kills = 0
      const spec = { id: "a", start: unstoppable, startWithin: 100, shutdown: 50, kill: () => void kills++ }
      const supervisor = yield* startSupervisor({ id: "s" })
      expect(yield* timeOf(Effect.flip(supervisor.startChild(spec)))).toBe(150)
      expect([kills, supervisor.children()]).toEqual([1, []])
    })
  )

  it.effect("that comes back after it was abandoned revives nothing, and what it acquired is released", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const acquired = Effect.acquireRelease(Effect.sleep(1000), () => Effect.sync(() => log.push("released")))
      const start = Effect.uninterruptible(
        Effect.as(
          acquired,
          Effect.sync(() => log.push("alive"))
        )
      )
      const supervisor = yield* startSupervisor({ id: "s" })
      const spec = { id: "a", start, startWithin: 100, shutdown: 50 }
      const fiber = yield* Effect.forkChild(Effect.flip(supervisor.startChild(spec)), { startImmediately: true })
      yield* TestClock.adjust(150)
      yield* Fiber.join(fiber)
      yield* supervisor.startChild({ id: "a", start: Effect.succeed(Effect.never) })
      const before = viewOf(supervisor, "a")
      yield* TestClock.adjust(1000)
      expect([log, viewOf(supervisor, "a")]).toEqual([["released"], before])
    })
  )

  it.effect.each([
    ["fails", Effect.fail(new Error("no port")), "no port"],
    ["dies", Effect.die(new Error("bug")), "bug"],
    ["interrupts itself", Effect.interrupt, "its start was interrupted"],
    ["comes back with no life", Effect.succeed(42), "must succeed with an Effect"],
    ["comes back with nothing", Effect.succeed(undefined), "must succeed with an Effect"]
  ] as const)("that %s is refused and says why", ([, start, why]) =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s" })
      const spec: unknown = { id: "a", start }
      const refused = yield* Effect.flip(supervisor.startChild(spec as ChildSpec))
      expect(refused.kind).toBe("start_failed")
      expect(refused.message).toContain(why)
      expect(supervisor.children()).toEqual([])
    })
  )

  it.effect("whose asker goes away ends, and the child is not kept", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const supervisor = yield* startSupervisor({ id: "s" })
      const a = puppet("a")
      a.starts.push(Effect.never)
      const fiber = yield* Effect.forkChild(supervisor.startChild(a.spec), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      expect([supervisor.children(), log]).toEqual([[], ["a: shutdown"]])
    })
  )

  it.effect("with nothing to run keeps its spec for later, and tells whoever waits", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      let isIdle = true
      const start = Effect.sync(() => (isIdle ? ignored : Effect.never))
      const supervisor = yield* supervise({ id: "a", start, onEnd: ({ kind }) => log.push(kind) })
      expect([viewOf(supervisor, "a")?.state, log]).toEqual(["ended", ["normal"]])
      isIdle = false
      expect(yield* supervisor.restartChild("a")).toBe("started")
      expect(viewOf(supervisor, "a")?.state).toBe("running")
    })
  )
})

describe("stop", () => {
  it.effect("interrupts the life, then releases what was acquired, newest first, and waits for it", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const resource = (name: string, time: number) =>
        Effect.acquireRelease(Effect.void, () =>
          Effect.andThen(
            Effect.sleep(time),
            Effect.sync(() => log.push(name))
          )
        )
      const life = Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.push("life")))
      const start = Effect.as(Effect.andThen(resource("first", 10), resource("second", 20)), life)
      const supervisor = yield* supervise({ id: "a", start, onEnd: ({ kind }) => log.push(kind) })
      expect(yield* timeOf(supervisor.stopChild("a"))).toBe(30)
      expect(log).toEqual(["life", "second", "first", "shutdown"])
    })
  )

  it.effect.each([
    ["its own time", 1200, 1200],
    ["five seconds by default", undefined, 5000],
    ["no time at all", 0, 0],
    ["kill", "kill", 0]
  ] as const)("kills what has not ended: %s", ([, shutdown, time]) =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const supervisor = yield* supervise({
        id: "a",
        start: Effect.succeed(unstoppable),
        ...(shutdown !== undefined && { shutdown }),
        kill: () => log.push("kill"),
        onEnd: ({ kind }) => log.push(kind)
      })
      expect(yield* timeOf(supervisor.stopChild("a"))).toBe(time)
      expect(log).toEqual(["kill", "killed"])
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "ended", lastFailure: { reason: { kind: "killed" } } })
    })
  )

  it.effect("waits for ever with infinity", () =>
    Effect.gen(function* () {
      yield* armed
      const life = Effect.onInterrupt(Effect.never, () => Effect.sleep(86_400_000))
      const supervisor = yield* supervise({ id: "a", start: Effect.succeed(life), shutdown: "infinity" })
      const fiber = yield* Effect.forkChild(supervisor.stopChild("a"), { startImmediately: true })
      yield* TestClock.adjust(86_399_999)
      expect(viewOf(supervisor, "a")?.state).toBe("stopping")
      yield* TestClock.adjust(1)
      yield* Fiber.join(fiber)
      expect(viewOf(supervisor, "a")?.state).toBe("ended")
    })
  )

  it.effect("asked for twice is one stop that both wait for", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const supervisor = yield* supervise(puppet("a", {}, 100).spec)
      const both = Effect.all([supervisor.stopChild("a"), supervisor.stopChild("a")], { concurrency: 2 })
      expect(yield* timeOf(both)).toBe(100)
      yield* supervisor.stopChild("a")
      expect(log).toEqual(["+a", "-a", "~a", "a: shutdown"])
    })
  )

  it.effect("by the child itself works", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const supervisor = yield* startSupervisor({ id: "s" })
      const life = Effect.andThen(Effect.yieldNow, supervisor.stopChild("a"))
      yield* supervisor.startChild({ id: "a", start: Effect.succeed(life), onEnd: ({ kind }) => log.push(kind) })
      yield* settle
      expect([viewOf(supervisor, "a")?.state, log]).toEqual(["ended", ["shutdown"]])
    })
  )

  it.effect("of one that comes to a good end when asked is a stop all the same", () =>
    Effect.gen(function* () {
      const life = Effect.uninterruptibleMask((restore) => Effect.exit(restore(Effect.never)))
      const reasons: Array<string> = []
      const onEnd = ({ kind }: Reason) => reasons.push(kind)
      const supervisor = yield* supervise({ id: "a", start: Effect.succeed(life), onEnd })
      yield* supervisor.stopChild("a")
      expect(reasons).toEqual(["shutdown"])
    })
  )

  it.effect("of one that fails while it stops is told as a failure", () =>
    Effect.gen(function* () {
      const life = Effect.onInterrupt(Effect.never, () => Effect.die(new Error("cannot flush")))
      const supervisor = yield* supervise({ id: "a", start: Effect.succeed(life) })
      yield* supervisor.stopChild("a")
      expect(viewOf(supervisor, "a")).toMatchObject({ state: "ended", lastFailure: { reason: { kind: "failed" } } })
    })
  )
})

describe("end by itself", () => {
  it.effect("releases what was acquired before the next start, and is given up when that takes too long", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      let starts = 0
      const start = Effect.gen(function* () {
        const isFirst = ++starts === 1
        log.push(`start ${starts}`)
        yield* Effect.addFinalizer(() => (isFirst ? Effect.never : Effect.void))
        return isFirst ? Effect.fail("boom") : Effect.never
      })
      const spec = { id: "a", start, shutdown: 300, kill: () => void log.push("kill") }
      const supervisor = yield* supervise(spec)
      yield* TestClock.adjust(299)
      expect([viewOf(supervisor, "a")?.state, log]).toEqual(["stopping", ["start 1"]])
      yield* TestClock.adjust(1)
      expect(log).toEqual(["start 1", "kill", "start 2"])
      expect(viewOf(supervisor, "a")).toMatchObject({
        state: "running",
        lastFailure: { reason: { kind: "failed", error: "boom" } }
      })
    })
  )

  it.effect("tells of each end without a restart exactly once", () =>
    Effect.gen(function* () {
      const { log, puppet } = puppets()
      const a = puppet("a", { restart: "transient" })
      const supervisor = yield* supervise(a.spec)
      a.fail()
      yield* settle
      expect(log.splice(0)).toEqual(["+a", "-a", "~a", "+a"])
      a.end(normally)
      yield* settle
      expect(log.splice(0)).toEqual(["-a", "~a", "a: normal"])
      yield* supervisor.stopChild("a")
      yield* supervisor.restartChild("a")
      yield* supervisor.stop
      expect(log.splice(0)).toEqual(["+a", "-a", "~a", "a: shutdown"])
    })
  )
})

describe("what throws", () => {
  it.effect("in facts is a fact", () =>
    Effect.gen(function* () {
      const supervisor = yield* supervise(
        { id: "a", start: Effect.succeed(Effect.never), facts: () => ({ pid: 7 }) },
        {
          id: "b",
          start: Effect.succeed(Effect.never),
          facts: () => {
            throw new Error("no")
          }
        }
      )
      expect(supervisor.children().map(({ facts }) => facts)).toMatchObject([
        { pid: 7 },
        { lastFailure: { message: "its facts cannot be read: Error: no" } }
      ])
    })
  )

  it.effect("in onEnd and kill ends nothing else", () =>
    Effect.gen(function* () {
      const bad = (): never => {
        throw new Error("no")
      }
      const start = Effect.succeed(unstoppable)
      const supervisor = yield* supervise({ id: "a", start, shutdown: "kill", onEnd: bad, kill: bad })
      yield* supervisor.stop
      expect(yield* supervisor.ended).toEqual({ kind: "shutdown" })
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})

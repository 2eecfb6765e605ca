/** Supervisors by behaviour, on a virtual clock: start, stop, trees. The cases of OTP's suite stand in otp/. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import {
  observer,
  startSupervisor,
  supervisorChild,
  treePath,
  type SupervisionEvent,
  type Supervisor,
  type SupervisorSpec
} from "../../../actors/kernel/supervisor.ts"
import { armed, half, kindsOf, normally, puppets, refusalOf, settle, states, viewOf } from "./puppet.ts"

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

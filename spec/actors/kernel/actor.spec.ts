import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { actorChild, type Behaviour, makeActor, type Next } from "../../../actors/kernel/actor.ts"
import { Shutdown } from "../../../actors/kernel/reason.ts"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { keep } from "./keeper.ts"

/** A counter: adds what it is told and replies with the sum; `handle` is called first. */
const counter = (
  handle: (message: number, sum: number) => Effect.Effect<unknown, unknown> = () => Effect.void,
  more: Partial<Behaviour<number, number, number>> = {}
): Behaviour<number, number, number> => ({
  init: () => Effect.succeed(0),
  handle: (message, sum) => Effect.as(handle(message, sum), { reply: sum + message, state: sum + message }),
  ...more
})

const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

const balanced = { open: 0 }

describe("an actor", () => {
  it.effect("answers, and keeps its state from message to message", () =>
    Effect.gen(function* () {
      const actor = makeActor("sum", counter())
      yield* keep(actor)
      yield* actor.ref.tell(1)
      expect(yield* actor.ref.ask(2)).toBe(3)
      expect(actor.ledger()).toEqual({ sent: 2, handled: 2, failed: 0, dead: 0, open: 0 })
    })
  )

  it.effect("handles what was sent before its first start", () =>
    Effect.gen(function* () {
      const actor = makeActor("sum", counter())
      const early = yield* forked(actor.ref.ask(7))
      yield* keep(actor)
      expect(yield* Fiber.join(early)).toBe(7)
    })
  )

  it.effect("handles one message at a time, in the order of their sending, also under the Clock of a test", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const actor = makeActor(
        "slow",
        counter((n) =>
          Effect.gen(function* () {
            log.push(`begin ${n}`)
            yield* Effect.sleep(1000 - n)
            log.push(`end ${n}`)
          })
        )
      )
      yield* keep(actor)
      const asks = yield* forked(Effect.all([1, 2, 3].map(actor.ref.ask), { concurrency: "unbounded" }))
      yield* TestClock.adjust(3000)
      expect(yield* Fiber.join(asks)).toEqual([1, 3, 6])
      expect(log).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"])
    })
  )

  it.effect("may ask others in a chain longer than any stack, and be asked so back and forth", () =>
    Effect.gen(function* () {
      const chain = [makeActor("0", counter())]
      for (let i = 1; i < 9000; i++) {
        const next = chain[i - 1]!
        chain.push(
          makeActor(
            String(i),
            counter((n) => next.ref.ask(n))
          )
        )
      }
      yield* Effect.forEach(chain, (actor) => keep(actor))
      expect(yield* chain[8999]!.ref.ask(5)).toBe(5)
    })
  )

  it.effect("lets others have their turn while two actors keep each other busy", () =>
    Effect.gen(function* () {
      const players: Array<{ readonly hit: (n: number) => Effect.Effect<void, unknown> }> = []
      const player = (other: number) =>
        makeActor(
          `to ${other}`,
          counter((n) => players[other]!.hit(n))
        )
      const [one, two] = [player(1), player(0)]
      players.push({ hit: one.ref.tell }, { hit: two.ref.tell })
      const keepers = [yield* keep(one), yield* keep(two)]
      yield* one.ref.tell(1)
      yield* Effect.yieldNow
      yield* Effect.forEach(keepers, ({ stop }) => stop)
      expect(one.ledger()).toMatchObject(balanced)
      expect(one.ledger().handled).toBeGreaterThan(10)
    })
  )

  it.effect("fails the asker when it gives no reply", () =>
    Effect.gen(function* () {
      // Like a plugin in JavaScript, which no compiler has seen.
      const nothing: Partial<Next<number, number>> = { state: 1 }
      const actor = makeActor("mute", { ...counter(), handle: () => Effect.succeed(nothing as Next<number, number>) })
      const keeper = yield* keep(actor)
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "crashed", actor: "mute" })
      expect(keeper.ends).toMatchObject([{ kind: "failed" }])
      expect(actor.ledger()).toMatchObject({ failed: 1, ...balanced })
    })
  )

  it("refuses a mailbox that holds nothing", () => {
    expect(() => makeActor("none", counter(), { capacity: 0 })).toThrow(RangeError)
  })
})

const failing = (fails: (n: number) => boolean, more: Partial<Behaviour<number, number, number>> = {}) => {
  const seen: Array<number> = []
  const handle = (n: number) =>
    Effect.suspend(() => {
      seen.push(n)
      return fails(n) ? Effect.fail(new Error(`bad ${n}`)) : Effect.void
    })
  return { seen, actor: makeActor("frail", counter(handle, more)) }
}

describe("a crash", () => {
  it.effect("is told to the asker before the restart; what waits meets the next life with its first state", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { actor, seen } = failing((n) => n === 2)
      const keeper = yield* keep(actor, { restarts: 1, between: Deferred.await(gate) })
      yield* actor.ref.tell(1)
      expect(yield* Effect.flip(actor.ref.ask(2))).toEqual({
        _tag: "Undelivered",
        kind: "crashed",
        actor: "frail",
        error: new Error("bad 2")
      })
      const waiting = yield* forked(actor.ref.ask(3))
      expect([seen, keeper.ends.length, actor.ref.facts()]).toEqual([
        [1, 2],
        1,
        { mailbox: { depth: 1, capacity: 64 } }
      ])
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(waiting)).toBe(3)
      expect(seen).toEqual([1, 2, 3])
      expect(actor.ledger()).toEqual({ sent: 3, handled: 2, failed: 1, dead: 0, open: 0 })
    })
  )

  it.effect("is a crash when the handler throws, and when it gives no Effect at all", () =>
    Effect.gen(function* () {
      const throws = makeActor("throws", {
        ...counter(),
        handle: () => {
          throw new TypeError("thrown")
        }
      })
      const keeper = yield* keep(throws)
      expect(yield* Effect.flip(throws.ref.ask(1))).toMatchObject({ kind: "crashed", error: new TypeError("thrown") })
      expect(keeper.ends).toEqual([{ kind: "failed", error: new TypeError("thrown") }])
    })
  )

  it.effect("of an idempotent message: delivered again ahead of all others, its asker waits", () =>
    Effect.gen(function* () {
      let left = 2
      const { actor, seen } = failing((n) => n === 1 && left-- > 0, { isIdempotent: () => true })
      const one = yield* forked(actor.ref.ask(1))
      const two = yield* forked(actor.ref.ask(2))
      yield* keep(actor, { restarts: 2 })
      expect(yield* Fiber.join(one)).toBe(1)
      expect(yield* Fiber.join(two)).toBe(3)
      expect(seen).toEqual([1, 1, 1, 2])
      expect(actor.ledger()).toEqual({ sent: 2, handled: 2, failed: 0, dead: 0, open: 0 })
    })
  )

  it.effect("of an idempotent message is told when it crashes each life it is given", () =>
    Effect.gen(function* () {
      const { actor, seen } = failing((n) => n === 1, { isIdempotent: () => true, redeliveries: 1 })
      yield* keep(actor, { restarts: 5 })
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "crashed" })
      expect(yield* actor.ref.ask(2)).toBe(2)
      expect(seen).toEqual([1, 1, 2])
    })
  )

  it.effect("counts as not idempotent when the question itself throws", () =>
    Effect.gen(function* () {
      const isIdempotent = () => {
        throw new Error("no idea")
      }
      const { actor, seen } = failing((n) => n === 1, { isIdempotent })
      yield* keep(actor, { restarts: 1 })
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "crashed", error: new Error("bad 1") })
      expect(yield* actor.ref.ask(2)).toBe(2)
      expect(seen).toEqual([1, 2])
    })
  )
})

describe("the end without a following life", () => {
  it.effect("makes dead letters of what waits, inside and for room, and of what is sent later", () =>
    Effect.gen(function* () {
      const actor = makeActor(
        "gone",
        counter(() => Effect.never),
        { capacity: 1 }
      )
      const keeper = yield* keep(actor)
      const inHand = yield* forked(Effect.flip(actor.ref.ask(1)))
      const waiting = yield* forked(Effect.flip(actor.ref.ask(2)))
      const outside = yield* forked(Effect.flip(actor.ref.tell(3)))
      yield* keeper.stop
      const dead = { _tag: "Undelivered", kind: "dead", actor: "gone", reason: { kind: "shutdown" } }
      expect(yield* Fiber.join(inHand)).toMatchObject({ kind: "crashed" })
      expect(yield* Fiber.join(waiting)).toEqual(dead)
      expect(yield* Fiber.join(outside)).toEqual(dead)
      expect(yield* Effect.flip(actor.ref.tell(4))).toEqual(dead)
      expect(actor.ledger()).toEqual({ sent: 4, handled: 0, failed: 1, dead: 3, open: 0 })
    })
  )

  it.effect("is over with the next start", () =>
    Effect.gen(function* () {
      const actor = makeActor("back", counter())
      actor.onEnd({ kind: "shutdown" })
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "dead" })
      yield* keep(actor)
      expect(yield* actor.ref.ask(2)).toBe(2)
    })
  )

  it.effect("may be asked for with a reply", () =>
    Effect.gen(function* () {
      const error = new Error("enough")
      for (const end of [{ kind: "normal" }, { kind: "failed", error }] as const) {
        const next = { reply: "bye", state: 0, end }
        const actor = makeActor("last", { init: () => Effect.succeed(0), handle: () => Effect.succeed(next) })
        const keeper = yield* keep(actor)
        const both = yield* Effect.all([actor.ref.ask(1), Effect.flip(actor.ref.ask(2))], { concurrency: "unbounded" })
        expect(both).toMatchObject(["bye", { kind: "dead", reason: end }])
        expect(keeper.ends).toEqual([end])
        expect(actor.ledger()).toEqual({ sent: 2, handled: 1, failed: 0, dead: 1, open: 0 })
      }
    })
  )

  it.effect("is nobody's fault when the handler fails with Shutdown, and the message is not tried again", () =>
    Effect.gen(function* () {
      const actor = makeActor(
        "leaver",
        counter(() => Effect.fail(new Shutdown()), { isIdempotent: () => true })
      )
      const keeper = yield* keep(actor, { restarts: 1 })
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "crashed" })
      expect(keeper.ends).toEqual([{ kind: "shutdown" }])
    })
  )

  it.effect(
    "comes even when the handling cannot be interrupted: its asker hears, and what it still does is not counted",
    () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const actor = makeActor(
          "stubborn",
          counter(() => Effect.uninterruptible(Deferred.await(gate)))
        )
        const keeper = yield* keep(actor)
        const ask = yield* forked(Effect.flip(actor.ref.ask(1)))
        yield* forked(keeper.stop)
        actor.onEnd({ kind: "killed" })
        expect(yield* Fiber.join(ask)).toMatchObject({ kind: "crashed" })
        yield* keep(actor)
        const second = yield* forked(actor.ref.ask(2))
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Fiber.join(second)).toBe(2)
        expect(actor.ledger()).toEqual({ sent: 2, handled: 1, failed: 1, dead: 0, open: 0 })
      })
  )

  it.effect("may be unknown to it when a killed life is followed by another at once", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const actor = makeActor(
        "stubborn",
        counter((n) => (n === 1 ? Effect.uninterruptible(Deferred.await(gate)) : Effect.void))
      )
      const keeper = yield* keep(actor)
      const ask = yield* forked(Effect.flip(actor.ref.ask(1)))
      yield* forked(keeper.stop)
      const life = yield* actor.start
      yield* forked(Effect.isEffect(life) ? life : Effect.void)
      expect(yield* Fiber.join(ask)).toMatchObject({ kind: "crashed" })
      expect(yield* actor.ref.ask(2)).toBe(2)
      expect(actor.ledger()).toEqual({ sent: 2, handled: 1, failed: 1, dead: 0, open: 0 })
      yield* Deferred.succeed(gate, undefined)
    })
  )
})

describe("an interrupted asker", () => {
  it.effect("takes its message out of the mailbox", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const actor = makeActor(
        "busy",
        counter((n) => (n === 1 ? Deferred.await(gate) : Effect.void))
      )
      yield* keep(actor)
      const first = yield* forked(actor.ref.ask(1))
      const second = yield* forked(actor.ref.ask(2))
      const third = yield* forked(actor.ref.ask(3))
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(gate, undefined)
      expect([yield* Fiber.join(first), yield* Fiber.join(third)]).toEqual([1, 4])
      expect(actor.ledger()).toEqual({ sent: 3, handled: 2, failed: 0, dead: 1, open: 0 })
    })
  )

  it.effect("interrupts the handling, waits for its end, and leaves the actor alive with the state it had", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const cleanUp = Effect.andThen(
        Deferred.await(gate),
        Effect.sync(() => log.push("cleaned up"))
      )
      const handle = (n: number) => (n === 2 ? Effect.onInterrupt(Effect.never, () => cleanUp) : Effect.void)
      const actor = makeActor("tidy", counter(handle))
      const keeper = yield* keep(actor)
      yield* actor.ref.tell(1)
      const asker = yield* forked(actor.ref.ask(2))
      const next = yield* forked(actor.ref.ask(3))
      const interrupting = yield* forked(
        Effect.andThen(
          Fiber.interrupt(asker),
          Effect.sync(() => log.push("interrupted"))
        )
      )
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(interrupting)
      expect(log).toEqual(["cleaned up", "interrupted"])
      expect(yield* Fiber.join(next)).toBe(4)
      expect(keeper.ends).toEqual([])
      expect(actor.ledger()).toEqual({ sent: 3, handled: 2, failed: 1, dead: 0, open: 0 })
    })
  )

  it.effect("by a deadline is no crash either", () =>
    Effect.gen(function* () {
      const actor = makeActor(
        "late",
        counter((n) => Effect.sleep(n))
      )
      const keeper = yield* keep(actor)
      const late = yield* forked(Effect.flip(Effect.timeout(actor.ref.ask(1000), 100)))
      yield* TestClock.adjust(100)
      expect(yield* Fiber.join(late)).toMatchObject({ _tag: "TimeoutError" })
      const inTime = yield* forked(actor.ref.ask(1))
      yield* TestClock.adjust(1)
      expect(yield* Fiber.join(inTime)).toBe(1)
      expect(keeper.ends).toEqual([])
    })
  )

  it.effect("hears of a handler that interrupts itself as a failure, never as a reply; the actor lives", () =>
    Effect.gen(function* () {
      const actor = makeActor(
        "odd",
        counter((n) => (n === 1 ? Effect.interrupt : Effect.void))
      )
      const keeper = yield* keep(actor)
      expect(yield* Effect.flip(actor.ref.ask(1))).toMatchObject({ kind: "crashed" })
      expect(yield* actor.ref.ask(2)).toBe(2)
      expect(keeper.ends).toEqual([])
    })
  )
})

describe("stopping", () => {
  it.effect("interrupts the handling, and an idempotent message meets the next life", () =>
    Effect.gen(function* () {
      let blocks = true
      const handle = () => (blocks ? Effect.never : Effect.void)
      const actor = makeActor("moved", counter(handle, { isIdempotent: (n) => n === 1 }))
      const stopAndStart = (n: number) =>
        Effect.gen(function* () {
          blocks = true
          const life = yield* Effect.scoped(actor.start)
          const running = yield* forked(Effect.isEffect(life) ? life : Effect.void)
          const ask = yield* forked(Effect.result(actor.ref.ask(n)))
          yield* Fiber.interrupt(running)
          blocks = false
          yield* keep(actor)
          return yield* Fiber.join(ask)
        })
      expect(yield* stopAndStart(1)).toMatchObject({ _tag: "Success", success: 1 })
      expect(yield* stopAndStart(2)).toMatchObject({ _tag: "Failure", failure: { kind: "crashed" } })
    })
  )

  it.effect("by a sender that has just got its place loses nothing", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const handle = (n: number) => (n === 1 ? Deferred.await(gate) : Effect.never)
      const actor = makeActor("left", counter(handle), { capacity: 1 })
      const keeper = yield* keep(actor)
      yield* actor.ref.tell(1)
      yield* actor.ref.tell(2)
      const stopping = yield* forked(Effect.andThen(actor.ref.tell(3), keeper.stop))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(stopping)
      expect(actor.ledger()).toEqual({ sent: 3, handled: 1, failed: 1, dead: 1, open: 0 })
    })
  )

  it.effect("releases what init acquired, after the last handling", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const say = (what: string) => Effect.sync(() => void log.push(what))
      const actor = makeActor("owner", {
        init: () =>
          Effect.as(
            Effect.acquireRelease(say("acquired"), () => say("released")),
            0
          ),
        handle: () => Effect.onInterrupt(Effect.never, () => say("interrupted"))
      })
      const keeper = yield* keep(actor)
      yield* actor.ref.tell("x")
      yield* keeper.stop
      expect(log).toEqual(["acquired", "interrupted", "released"])
    })
  )
})

describe("down", () => {
  it.effect("tells each who waits once, also when it comes too late, and not of restarts", () =>
    Effect.gen(function* () {
      const { actor } = failing(() => true)
      const heard: Array<unknown> = []
      const early = yield* forked(Effect.map(actor.down, (reason) => heard.push(reason)))
      yield* keep(actor, { restarts: 1 })
      yield* Effect.flip(actor.ref.ask(1))
      expect(heard).toEqual([])
      yield* Effect.flip(actor.ref.ask(2))
      yield* Fiber.join(early)
      const reason = { kind: "failed", error: new Error("bad 2") }
      actor.onEnd({ kind: "shutdown" })
      expect(heard).toEqual([reason])
      expect(yield* actor.down).toEqual(reason)
    })
  )
})

describe("under a supervisor", () => {
  it.effect("it is restarted, and what waits is handled; when the budget is used up, its askers hear why", () =>
    Effect.gen(function* () {
      const { actor } = failing((n) => n === 0)
      const budget = { max: 1, seconds: 5 }
      const supervisor = yield* startSupervisor({ id: "top", budget, children: [actorChild(actor)] })
      const crash = yield* forked(Effect.flip(actor.ref.ask(0)))
      const waiting = yield* forked(actor.ref.ask(2))
      expect(yield* Fiber.join(crash)).toMatchObject({ kind: "crashed" })
      expect(yield* Fiber.join(waiting)).toBe(2)
      yield* Effect.flip(actor.ref.ask(0))
      const reason = { kind: "failed", error: new Error("bad 0") }
      expect(yield* Effect.flip(actor.ref.ask(1))).toEqual({
        _tag: "Undelivered",
        kind: "dead",
        actor: "frail",
        reason
      })
      expect(yield* actor.down).toEqual(reason)
      expect(yield* supervisor.ended).toMatchObject({ kind: "exhausted", causes: [{ child: "frail", reason }, {}] })
      expect(actor.ledger()).toEqual({ sent: 4, handled: 1, failed: 2, dead: 1, open: 0 })
    })
  )
})

describe("actorChild", () => {
  it("makes a child spec that can be added to", () => {
    const told: Array<string> = []
    const actor = makeActor("child", counter())
    const spec = actorChild(actor, { restart: "transient", onEnd: ({ kind }) => told.push(kind) })
    expect(spec).toMatchObject({ id: "child", kind: "worker", restart: "transient" })
    expect(spec.facts?.()).toEqual({ mailbox: { depth: 0, capacity: 64 } })
    spec.onEnd?.({ kind: "normal" })
    expect(told).toEqual(["normal"])
    expect(actor.linkable.ended).toEqual({ kind: "normal" })
  })
})

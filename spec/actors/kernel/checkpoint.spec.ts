import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { type Behaviour, type Checkpoint, makeActor } from "../../../actors/kernel/actor.ts"
import { CheckpointObserver, type CheckpointSetAside } from "../../../actors/kernel/checkpoint.ts"
import { keep } from "./keeper.ts"

const isSum = (data: unknown): data is { readonly sum: number } =>
  typeof data === "object" && data !== null && "sum" in data && typeof data.sum === "number"

const ofSum: Checkpoint<number> = {
  version: 1,
  save: (sum) => ({ sum }),
  load: (data) => (isSum(data) ? Effect.succeed(data.sum) : Effect.fail(new Error("no sum")))
}

/** Adds up; 0 crashes it. */
const adder = (checkpoint: Checkpoint<number>, more: Partial<Behaviour<number, number, number>> = {}) =>
  makeActor<number, number, number>("adder", {
    init: (restored = 0) => Effect.succeed(restored),
    handle: (n, sum) => (n === 0 ? Effect.die("zero") : Effect.succeed({ reply: sum + n, state: sum + n })),
    checkpoint,
    ...more
  })

const observed = <A, E, R>(effect: (told: ReadonlyArray<CheckpointSetAside>) => Effect.Effect<A, E, R>) => {
  const told: Array<CheckpointSetAside> = []
  return Effect.provideService(effect(told), CheckpointObserver, (event) => Effect.sync(() => void told.push(event)))
}

describe("after a crash", () => {
  it.effect("the state of the last message handled is there again", () =>
    Effect.gen(function* () {
      const actor = adder(ofSum)
      yield* keep(actor, { restarts: 2 })
      yield* Effect.forEach([1, 2, 3], actor.ref.tell)
      yield* Effect.flip(actor.ref.ask(0))
      expect(yield* actor.ref.ask(10)).toBe(16)
      yield* Effect.flip(actor.ref.ask(0))
      expect(yield* actor.ref.ask(10)).toBe(26)
    })
  )

  it.effect("it is also there when the actor ended itself with its reply", () =>
    Effect.gen(function* () {
      const end = { kind: "failed", error: "tired" } as const
      const actor = adder(ofSum, { handle: (n, sum) => Effect.succeed({ reply: sum + n, state: sum + n, end }) })
      yield* keep(actor, { restarts: 2 })
      expect(yield* Effect.forEach([1, 2, 3], actor.ref.ask)).toEqual([1, 3, 6])
    })
  )

  it.effect("`undefined` keeps the last one", () =>
    Effect.gen(function* () {
      const actor = adder({ ...ofSum, save: (sum) => (sum % 2 === 0 ? { sum } : undefined) })
      yield* keep(actor, { restarts: 1 })
      yield* Effect.forEach([4, 1], actor.ref.tell)
      yield* Effect.flip(actor.ref.ask(0))
      expect(yield* actor.ref.ask(1)).toBe(5)
    })
  )

  it.effect("a bad one is set aside and told, and the one before it used; never the bad one again", () =>
    observed((told) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(1000)
        const actor = adder({ ...ofSum, save: (sum) => (sum === 3 ? { sum: "three" } : { sum }) })
        const keeper = yield* keep(actor, { restarts: 3 })
        yield* Effect.forEach([1, 1, 1], actor.ref.tell)
        yield* Effect.flip(actor.ref.ask(0))
        yield* Effect.flip(actor.ref.ask(0))
        expect(yield* actor.ref.ask(5)).toBe(7)
        expect(keeper.ends).toHaveLength(2)
        const aside = { type: "checkpoint.set_aside", actor: "adder", at: 1000, version: 1, data: { sum: "three" } }
        expect(told).toEqual([{ ...aside, error: new Error("no sum") }])
      })
    )
  )

  it.effect("two bad ones lead to the initial state", () =>
    observed((told) =>
      Effect.gen(function* () {
        const loadDies = () => Effect.die("unreadable")
        const actor = adder({ ...ofSum, load: loadDies })
        yield* keep(actor, { restarts: 1 })
        yield* Effect.forEach([1, 2, 3], actor.ref.tell)
        yield* Effect.flip(actor.ref.ask(0))
        expect(yield* actor.ref.ask(5)).toBe(5)
        expect(told.map(({ data }) => data)).toEqual([{ sum: 6 }, { sum: 3 }])
      })
    )
  )

  it.effect("a load that throws is a bad checkpoint like any other", () =>
    observed((told) =>
      Effect.gen(function* () {
        const load = () => {
          throw new TypeError("thrown")
        }
        const actor = adder({ ...ofSum, load })
        yield* keep(actor, { restarts: 1 })
        yield* actor.ref.tell(1)
        yield* Effect.flip(actor.ref.ask(0))
        expect(yield* actor.ref.ask(5)).toBe(5)
        expect(told).toMatchObject([{ error: new TypeError("thrown") }])
      })
    )
  )

  it.effect("a start that is stopped while it loads says nothing about the checkpoint", () =>
    observed((told) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const actor = adder({ ...ofSum, load: (data) => Effect.andThen(Deferred.await(gate), ofSum.load(data)) })
        const keeper = yield* keep(actor, { restarts: 1 })
        yield* actor.ref.tell(4)
        yield* Effect.flip(actor.ref.ask(0))
        yield* keeper.stop
        yield* Deferred.succeed(gate, undefined)
        yield* keep(actor)
        expect(yield* actor.ref.ask(1)).toBe(5)
        expect(told).toEqual([])
      })
    )
  )
})

describe("a checkpoint that cannot be saved", () => {
  it.effect("crashes the actor; the asker hears, and the state before is restored", () =>
    Effect.gen(function* () {
      const save = (sum: number) => {
        if (sum === 3) throw new Error("disk full")
        return { sum }
      }
      const actor = adder({ ...ofSum, save })
      yield* keep(actor, { restarts: 1 })
      yield* actor.ref.tell(1)
      expect(yield* Effect.flip(actor.ref.ask(2))).toMatchObject({ kind: "crashed", error: new Error("disk full") })
      expect(yield* actor.ref.ask(1)).toBe(2)
    })
  )
})

describe("what waits through a restart", () => {
  it.effect("is handled with the restored state", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const actor = adder(ofSum)
      yield* keep(actor, { restarts: 1, between: Deferred.await(gate) })
      yield* actor.ref.tell(1)
      yield* Effect.flip(actor.ref.ask(0))
      const waiting = yield* Effect.forkChild(actor.ref.ask(1), { startImmediately: true })
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(waiting)).toBe(2)
    })
  )
})

import { describe, expect, it } from "@effect/vitest"
import fc from "fast-check"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Behaviour, makeActor } from "../../../actors/kernel/actor.ts"
import { CheckpointObserver } from "../../../actors/kernel/checkpoint.ts"
import { keep } from "./keeper.ts"

interface Sum {
  readonly version: number
  readonly sum: number
}

const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

/** Code of a version; it replies with its version and the sum, and crashes on 0 and on a state of another version. */
const code = (
  version: number,
  wait: (n: number) => Effect.Effect<void> = () => Effect.void,
  migrate: ((data: unknown, from: number) => Effect.Effect<unknown, unknown>) | undefined = () => Effect.void
): Behaviour<number, string, Sum> => ({
  init: (restored = { version, sum: 0 }) => Effect.succeed(restored),
  handle: (n, state) =>
    Effect.gen(function* () {
      yield* wait(n)
      if (n === 0) return yield* Effect.fail("zero")
      if (state.version !== version) return yield* Effect.die(`state ${state.version} met code ${version}`)
      const sum = state.sum + n
      return { reply: `v${version}: ${sum}`, state: { version, sum } }
    }),
  checkpoint: {
    version,
    save: ({ sum }) => ({ sum }),
    load: (data) =>
      typeof data === "object" && data !== null && "sum" in data && typeof data.sum === "number"
        ? Effect.succeed({ version, sum: data.sum })
        : Effect.fail(new Error("no sum")),
    ...(migrate === undefined ? {} : { migrate: (data: unknown, from: number) => Effect.as(migrate(data, from), data) })
  }
})

const started = (behaviour: Behaviour<number, string, Sum>, restarts = 0) =>
  Effect.gen(function* () {
    const actor = makeActor("changing", behaviour)
    const keeper = yield* keep(actor, { restarts })
    return { actor, keeper, ask: actor.ref.ask, change: actor.change }
  })

describe("new code", () => {
  it.effect("handles the next message with the migrated state, and survives a crash", () =>
    Effect.gen(function* () {
      const froms: Array<number> = []
      const { ask, change } = yield* started(code(1), 1)
      yield* ask(1)
      yield* change(code(3, undefined, (_, from) => Effect.sync(() => void froms.push(from))))
      expect(yield* ask(2)).toBe("v3: 3")
      yield* Effect.flip(ask(0))
      expect(yield* ask(3)).toBe("v3: 6")
      expect(froms).toEqual([1])
    })
  )

  it.effect("waits for the message in hand, which ends with the old code; what waits meets the new", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { actor, ask, change } = yield* started(code(1, () => Deferred.await(gate)))
      const first = yield* forked(ask(1))
      const second = yield* forked(ask(2))
      const changing = yield* forked(change(code(2)))
      const third = yield* forked(ask(3))
      expect(changing.pollUnsafe()).toBeUndefined()
      yield* Deferred.succeed(gate, undefined)
      const replies = yield* Effect.forEach([first, second, third], Fiber.join)
      expect(replies).toEqual(["v1: 1", "v2: 3", "v2: 6"])
      expect(actor.ledger()).toMatchObject({ handled: 3, open: 0 })
    })
  )

  it.effect("of the same version takes the state as it is", () =>
    Effect.gen(function* () {
      const state = { version: 1, sum: 40 }
      const { ask, change } = yield* started({ ...code(1), init: () => Effect.succeed(state) })
      const same: Array<boolean> = []
      const next = code(1)
      yield* change({
        ...next,
        handle: (n, now) => {
          same.push(now === state)
          return next.handle(n, now)
        }
      })
      expect([yield* ask(2), same]).toEqual(["v1: 42", [true]])
    })
  )

  it.effect("may come while there is no life: the checkpoint is migrated at the next start", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const actor = makeActor("changing", code(1))
      yield* keep(actor, { restarts: 1, between: Deferred.await(gate) })
      yield* actor.ref.ask(1)
      yield* Effect.flip(actor.ref.ask(0))
      yield* actor.change(code(2))
      yield* Deferred.succeed(gate, undefined)
      expect(yield* actor.ref.ask(2)).toBe("v2: 3")
    })
  )

  it.effect("comes also when the message in hand crashes the actor", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { ask, change } = yield* started(
        code(1, (n) => (n === 0 ? Deferred.await(gate) : Effect.void)),
        1
      )
      yield* ask(1)
      yield* forked(Effect.flip(ask(0)))
      const changing = yield* forked(change(code(2)))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(changing)
      yield* Effect.yieldNow
      expect(yield* ask(2)).toBe("v2: 3")
    })
  )
})

describe("both or nothing", () => {
  const bad: Record<string, Behaviour<number, string, Sum>> = {
    "migrate fails": code(2, undefined, () => Effect.fail("no way")),
    "migrate dies": code(2, undefined, () => Effect.die("no way")),
    "there is no migrate": { ...code(2), checkpoint: { ...code(2).checkpoint!, migrate: undefined as never } },
    "load fails": { ...code(2), checkpoint: { ...code(2).checkpoint!, load: () => Effect.fail("unreadable") } },
    "the new code cannot save": {
      ...code(2),
      checkpoint: {
        ...code(2).checkpoint!,
        save: () => {
          throw new Error("unwritable")
        }
      }
    }
  }
  for (const [why, next] of Object.entries(bad))
    it.effect(`when ${why}, the old code goes on with the old state`, () =>
      Effect.gen(function* () {
        const { ask, change, keeper } = yield* started(code(1), 1)
        yield* ask(1)
        yield* Effect.flip(change(next))
        expect(yield* ask(2)).toBe("v1: 3")
        yield* Effect.flip(ask(0))
        expect(yield* ask(3)).toBe("v1: 6")
        expect(keeper.ends).toHaveLength(1)
      })
    )

  it.effect("also without a life: what cannot migrate the last checkpoint is refused", () =>
    Effect.gen(function* () {
      const { actor, change, ask, keeper } = yield* started(code(1))
      yield* ask(1)
      yield* keeper.stop
      expect(yield* Effect.flip(change(code(2, undefined, () => Effect.fail("no way"))))).toBe("no way")
      yield* keep(actor)
      expect(yield* ask(2)).toBe("v1: 3")
    })
  )
})

describe("at most two versions live", () => {
  it.effect("a change waits for the one before it", () =>
    Effect.gen(function* () {
      const [hand, migration] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const log: Array<string> = []
      const migrate = (version: number, wait: Effect.Effect<void>) => () =>
        Effect.andThen(
          Effect.sync(() => void log.push(`migrating to ${version}`)),
          wait
        )
      const { ask, change } = yield* started(code(1, () => Deferred.await(hand)))
      yield* forked(ask(1))
      yield* forked(change(code(2, undefined, migrate(2, Deferred.await(migration)))))
      const last = yield* forked(change(code(3, undefined, migrate(3, Effect.void))))
      expect(log).toEqual([])
      yield* Deferred.succeed(hand, undefined)
      yield* Effect.yieldNow
      expect(log).toEqual(["migrating to 2"])
      yield* Deferred.succeed(migration, undefined)
      yield* Fiber.join(last)
      expect(log).toEqual(["migrating to 2", "migrating to 3"])
      expect(yield* ask(1)).toBe("v3: 2")
    })
  )

  it.effect("a change that is interrupted leaves everything as it was", () =>
    Effect.gen(function* () {
      const { ask, change } = yield* started(code(1))
      yield* ask(1)
      const changing = yield* forked(change(code(2, undefined, () => Effect.never)))
      const waiting = yield* forked(ask(2))
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* Fiber.interrupt(changing)
      expect(yield* Fiber.join(waiting)).toBe("v1: 3")
    })
  )

  it.effect("a start waits for a change under way, a stop does not", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { actor, ask, change, keeper } = yield* started(code(1))
      yield* ask(1)
      const changing = yield* forked(change(code(2, undefined, () => Deferred.await(gate))))
      yield* keeper.stop
      yield* keep(actor)
      expect(yield* Effect.flip(ask(2))).toMatchObject({ kind: "dead" })
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(changing)
      yield* Effect.yieldNow
      expect(yield* ask(2)).toBe("v2: 3")
    })
  )
})

describe("changes among messages and crashes", () => {
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.record({ ask: fc.nat(3), steps: fc.nat(2) }) },
    {
      weight: 2,
      arbitrary: fc.record({ change: fc.constantFrom("good", "bad"), steps: fc.nat(2), patience: fc.nat(8) })
    }
  )
  type Happening = typeof event extends fc.Arbitrary<infer E> ? E : never
  const law = async (events: ReadonlyArray<Happening>, s: fc.Scheduler) => {
    const step = Effect.promise(() => s.schedule(Promise.resolve()))
    const steps = (n: number) => Effect.forEach(Array(n), () => step, { discard: true })
    const whole = Effect.gen(function* () {
      const { actor, ask, change, keeper } = yield* started(
        code(0, () => step),
        events.length
      )
      const changing = (version: number, isGood: boolean) =>
        change(
          code(
            version,
            () => step,
            () => Effect.andThen(step, isGood ? Effect.void : Effect.fail("bad"))
          )
        )
      const happen = (event: Happening, i: number): Effect.Effect<unknown, unknown> =>
        "ask" in event
          ? ask(event.ask)
          : Effect.raceFirst(changing(i + 1, event.change === "good"), steps(event.patience))
      const fibers = yield* Effect.forEach(events, (event, i) =>
        Effect.andThen(steps(event.steps), forked(Effect.exit(happen(event, i))))
      )
      yield* Effect.forEach(fibers, Fiber.join)
      return { ledger: actor.ledger(), ends: keeper.ends, last: yield* ask(1) }
    })
    const told: Array<unknown> = []
    const observed = Effect.provideService(whole, CheckpointObserver, (event) =>
      Effect.sync(() => void told.push(event))
    )
    const { ledger, ends, last } = await s.waitFor(Effect.runPromise(Effect.scoped(observed)))
    const asked = events.flatMap((event) => ("ask" in event ? [event.ask] : []))
    expect(ledger).toMatchObject({ sent: asked.length, failed: asked.filter((n) => n === 0).length, open: 0 })
    expect(ends.every((end) => end.kind === "failed" && end.error === "zero")).toBe(true)
    expect(last).toMatch(new RegExp(`: ${asked.reduce((all, n) => all + n, 1)}$`))
    expect(told).toEqual([])
  }

  it("no code ever meets a state of another version, and no message's effect is lost", async () => {
    await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 12, size: "max" }), fc.scheduler(), law), {
      numRuns: 200
    })
  })
})

/** The bulkhead: its permits, its waiting room, and that nothing is ever lost of either. */
import { expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeBulkhead } from "../../../actors/kernel/bulkhead.ts"
import { settle } from "./puppet.ts"

const hang = (log: Array<string>, name: string, until: Deferred.Deferred<void>) =>
  Effect.andThen(
    Effect.sync(() => log.push(name)),
    Deferred.await(until)
  )

const full = Effect.gen(function* () {
  const bulkhead = makeBulkhead({ name: "git", permits: 2, room: 2 })
  const log: Array<string> = []
  const calls = yield* Effect.forEach(["a", "b", "c", "d"], (name) =>
    Effect.gen(function* () {
      const until = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(bulkhead.protect(hang(log, name, until)), { startImmediately: true })
      return { fiber, answer: Effect.andThen(Deferred.succeed(until, undefined), settle) }
    })
  )
  const [a, b, c, d] = calls
  if (!a || !b || !c || !d) throw new Error("unreachable")
  return { bulkhead, log, a, b, c, d }
})

it.effect("runs as many as it has permits, the next wait, and all further ones are refused at once", () =>
  Effect.gen(function* () {
    const { bulkhead, log } = yield* full
    expect(log).toEqual(["a", "b"])
    expect(bulkhead.view()).toEqual({ permits: 2, running: 2, waiting: 2 })
    const refused = yield* Effect.flip(bulkhead.protect(Effect.sync(() => log.push("e"))))
    expect(refused).toMatchObject({ _tag: "BulkheadFull", name: "git" })
    expect(refused.message).toBe("git has 2 calls under way and 2 waiting: try again when some of them are answered")
    expect(log).toEqual(["a", "b"])
  })
)

it.effect("lets the oldest of those that wait in first", () =>
  Effect.gen(function* () {
    const { bulkhead, log, a, b } = yield* full
    yield* b.answer
    expect(log).toEqual(["a", "b", "c"])
    yield* a.answer
    expect(log).toEqual(["a", "b", "c", "d"])
    expect(bulkhead.view()).toEqual({ permits: 2, running: 2, waiting: 0 })
  })
)

it.effect("gets its place back from whoever is interrupted, waiting or running", () =>
  Effect.gen(function* () {
    const { bulkhead, log, a, b, c, d } = yield* full
    yield* Fiber.interrupt(c.fiber)
    expect(bulkhead.view()).toEqual({ permits: 2, running: 2, waiting: 1 })
    yield* Fiber.interrupt(a.fiber)
    yield* settle
    expect(log).toEqual(["a", "b", "d"])
    yield* Fiber.interruptAll([b.fiber, d.fiber])
    expect(bulkhead.view()).toEqual({ permits: 2, running: 0, waiting: 0 })
  })
)

it.effect("gets its place back from whatever fails or breaks, and passes answers on", () =>
  Effect.gen(function* () {
    const bulkhead = makeBulkhead({ name: "git", permits: 1, room: 0 })
    expect(yield* Effect.flip(bulkhead.protect(Effect.fail("no")))).toBe("no")
    yield* Effect.exit(bulkhead.protect(Effect.die("bug")))
    expect(yield* bulkhead.protect(Effect.succeed(42))).toBe(42)
    expect(bulkhead.view()).toEqual({ permits: 1, running: 0, waiting: 0 })
  })
)

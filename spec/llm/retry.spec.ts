import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { type ModelErrorReason, retold } from "../../llm/model-error.ts"
import type { Model, ModelEvent } from "../../llm/model.ts"
import { withRetry } from "../../llm/retry.ts"
import { ask, collect, failure, fakeModel } from "./fakes.ts"

const retryable: ReadonlyArray<ModelErrorReason> = [
  { kind: "rate_limited" },
  { kind: "unavailable", status: 503 },
  { kind: "timed_out", phase: "idle" },
  { kind: "truncated" }
]

const final: ReadonlyArray<ModelErrorReason> = [
  { kind: "quota_exceeded" },
  { kind: "unauthorized" },
  { kind: "not_found" },
  { kind: "context_overflow" },
  { kind: "filtered" },
  { kind: "refused", status: 400 },
  { kind: "not_configured" }
]

/** Runs a model to its end with the clock turned on far enough. */
const run = (model: Model) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(collect(model))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const delays = (events: ReadonlyArray<ModelEvent>) =>
  events.flatMap((event) => (event.type === "retrying" ? [event.delay] : []))

describe("withRetry", () => {
  for (const reason of retryable) {
    it.effect(`tries again after ${reason.kind} and tells it before it does`, () =>
      Effect.gen(function* () {
        const fake = fakeModel("fake/m", [failure(reason), "hello"])
        const events = Result.getOrThrow(yield* run(withRetry(fake, { maxRetries: 3 })))
        expect(events.map(({ type }) => type)).toEqual(["text", "retrying", "text", "text", "finished"])
        expect(events[1]).toMatchObject({ attempt: 1, reason: failure(reason).what })
        expect(failure(reason).what).not.toMatch(/;|check|try again/)
        expect(fake.requests).toHaveLength(2)
      })
    )
  }

  for (const reason of final) {
    it.effect(`never repeats ${reason.kind}`, () =>
      Effect.gen(function* () {
        const fake = fakeModel("fake/m", [failure(reason)])
        expect(yield* run(withRetry(fake, { maxRetries: 3 }))).toEqual(Result.fail(failure(reason)))
        expect(fake.requests).toHaveLength(1)
      })
    )
  }

  it.effect("tells what the attempt took that failed", () =>
    Effect.gen(function* () {
      const took = { model: "fake/m", cost: 0.5, broken: true } as const
      const fake = fakeModel("fake/m", [retold(failure({ kind: "truncated" }), { took }), "hello"])
      expect(Result.getOrThrow(yield* run(withRetry(fake, { maxRetries: 1 })))[1]).toMatchObject({ took })
      const last = fakeModel("fake/m", [retold(failure({ kind: "rate_limited", retryAfter: 99_000 }), { took })])
      expect(Result.getFailure(yield* run(withRetry(last, { maxRetries: 1 })))).toMatchObject({ value: { took } })
    })
  )

  it.effect("doubles the wait from half a second to eight, less up to a quarter by chance", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [...Array.from({ length: 7 }, () => failure({ kind: "unavailable" })), "hello"])
      const events = Result.getOrThrow(yield* run(withRetry(fake, { maxRetries: 7 })).pipe(Random.withSeed("retry")))
      const waits = delays(events)
      for (const [index, longest] of [500, 1000, 2000, 4000, 8000, 8000, 8000].entries()) {
        expect(waits[index]).toBeLessThanOrEqual(longest)
        expect(waits[index]).toBeGreaterThanOrEqual(longest * 0.75)
      }
      expect(new Set(waits.slice(4)).size).toBeGreaterThan(1)
    })
  )

  it.effect("fails with the last error when the retries are used up", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "unavailable" }), failure({ kind: "truncated" })])
      expect(yield* run(withRetry(fake, { maxRetries: 2 }))).toEqual(Result.fail(failure({ kind: "truncated" })))
      expect(fake.requests).toHaveLength(3)
    })
  )

  it.effect("does not retry at all with none allowed", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "unavailable" })])
      yield* run(withRetry(fake, { maxRetries: 0 }))
      expect(fake.requests).toHaveLength(1)
    })
  )

  it.effect("waits exactly as long as the server asks", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 30_000 }), "hello"])
      const times: Array<readonly [string, number]> = []
      const note = ({ type }: ModelEvent) => Effect.map(Clock.currentTimeMillis, (now) => times.push([type, now]))
      const fiber = yield* Effect.forkChild(Stream.runForEach(withRetry(fake, { maxRetries: 1 }).respond(ask()), note))
      yield* TestClock.adjust("29999 millis")
      expect(times).toEqual([
        ["text", 0],
        ["retrying", 0]
      ])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      expect(times.at(-1)).toEqual(["finished", 30_000])
    })
  )

  it.effect("takes a server at its word when it says: at once", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 0 }), "hello"])
      expect(delays(Result.getOrThrow(yield* run(withRetry(fake, { maxRetries: 1 }))))).toEqual([0])
    })
  )

  it.effect("fails at once, saying how long, when the server asks for more than a minute", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 61_000 })])
      const error = Result.getFailure(yield* collect(withRetry(fake, { maxRetries: 3 })))
      expect(error).toMatchObject({ value: { reason: { kind: "rate_limited", retryAfter: 61_000 } } })
      expect(error).toMatchObject({ value: { message: expect.stringContaining("61 s") } })
      expect(fake.requests).toHaveLength(1)
    })
  )

  it.effect("can be interrupted while it waits", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 50_000 }), "hello"])
      const fiber = yield* Effect.forkChild(collect(withRetry(fake, { maxRetries: 3 })))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      expect(fake.requests).toHaveLength(1)
    })
  )

  it.effect("lets other requests of the same model wait as well, each until the time the server named", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 30_000 }), "hello"])
      const model = withRetry(fake, { maxRetries: 1 })
      const first = yield* Effect.forkChild(collect(model))
      yield* TestClock.adjust("10 seconds")
      const second = yield* Effect.forkChild(collect(model))
      yield* TestClock.adjust("19999 millis")
      expect(fake.requests).toHaveLength(1)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(first)
      expect(delays(Result.getOrThrow(yield* Fiber.join(second)))).toEqual([20_000])
      expect(fake.requests).toHaveLength(3)
    })
  )

  it.effect("sends what a person asks for after they were told of a wait of more than a minute", () =>
    Effect.gen(function* () {
      const fake = fakeModel("fake/m", [failure({ kind: "rate_limited", retryAfter: 600_000 }), "hello"])
      const model = withRetry(fake, { maxRetries: 1 })
      expect(Result.isFailure(yield* collect(model))).toBe(true)
      expect(Result.isSuccess(yield* collect(model))).toBe(true)
    })
  )
})

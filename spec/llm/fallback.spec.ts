import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { cooldowns } from "../../llm/cooldown.ts"
import { type Chain, withFallback } from "../../llm/fallback.ts"
import type { ModelError, ModelErrorReason } from "../../llm/model-error.ts"
import type { Model, ModelEvent } from "../../llm/model.ts"
import { collect, failure, fakeModel, finished } from "./fakes.ts"

const helped: ReadonlyArray<ModelErrorReason> = [
  { kind: "rate_limited" },
  { kind: "unavailable" },
  { kind: "timed_out", phase: "total" },
  { kind: "quota_exceeded" },
  { kind: "not_found" },
  { kind: "unauthorized" },
  { kind: "truncated" },
  { kind: "not_configured" }
]

const overflow = failure({ kind: "context_overflow" })

const whoAnswered = (events: ReadonlyArray<ModelEvent>) => {
  const last = events.at(-1)
  return last?.type === "finished" ? last.message.model : undefined
}

/** The first of them and its stand-ins, each asked once. */
const chain = ([first, ...others]: readonly [Model, ...ReadonlyArray<Model>], on: Chain["on"] = {}) =>
  withFallback({ first, others, on }, { maxRetries: 0 })

describe("withFallback", () => {
  for (const reason of helped) {
    it.effect(`goes on with the next model after ${reason.kind}, and says so`, () =>
      Effect.gen(function* () {
        const model = chain([fakeModel("a/1", [failure(reason)]), fakeModel("b/2", ["hello"])])
        const events = Result.getOrThrow(yield* collect(model))
        expect(events.map(({ type }) => type)).toEqual(["text", "retrying", "text", "text", "finished"])
        expect(events[1]).toMatchObject({ delay: 0, reason: `${failure(reason).what}; going on with b/2` })
        expect(whoAnswered(events)).toBe("b/2")
      })
    )
  }

  it.effect("does not ask another model what one has refused", () =>
    Effect.gen(function* () {
      const second = fakeModel("b/2", ["hello"])
      const refused = failure({ kind: "refused", status: 400 })
      expect(yield* collect(chain([fakeModel("a/1", [refused]), second]))).toEqual(Result.fail(refused))
      expect(second.requests).toHaveLength(0)
    })
  )

  it.effect("takes a conversation that is too long to a model known to have a larger window, past the others", () =>
    Effect.gen(function* () {
      const model = chain([
        fakeModel("a/small", [overflow], { contextWindow: 1000 }),
        fakeModel("b/unknown", ["no"]),
        fakeModel("c/same", ["no"], { contextWindow: 1000 }),
        fakeModel("d/large", ["yes"], { contextWindow: 2000 })
      ])
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("d/large")
    })
  )

  it.effect("reports a conversation that is too long when no window is known to be larger", () =>
    Effect.gen(function* () {
      for (const [mine, other] of [
        [1000, undefined],
        [undefined, 1000]
      ]) {
        const small = fakeModel("a/1", [overflow], { contextWindow: mine })
        const model = chain([small, fakeModel("b/2", ["no"], { contextWindow: other })])
        expect(yield* collect(model)).toEqual(Result.fail(overflow))
      }
    })
  )

  it.effect("tells every failure when all fail", () =>
    Effect.gen(function* () {
      const model = chain([
        fakeModel("a/1", [failure({ kind: "quota_exceeded" }, "Alpha")]),
        fakeModel("b/2", [failure({ kind: "unavailable" }, "Beta")]),
        fakeModel("c/3", [failure({ kind: "unauthorized" }, "Gamma")])
      ])
      const error = Result.getOrThrow(Result.flip(yield* collect(model)))
      expect(error.reason.kind).toBe("unauthorized")
      expect(error.message).toMatch(/^Gamma refused the key.*before that: Alpha .*before that: Beta /)
    })
  )

  it.effect("asks a model that failed last for a minute, then first again", () =>
    Effect.gen(function* () {
      const first = fakeModel("a/1", [failure({ kind: "quota_exceeded" }), "back"])
      const model = chain([first, fakeModel("b/2", ["hello"])])
      yield* collect(model)
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("b/2")
      expect(first.requests).toHaveLength(1)
      yield* TestClock.adjust("1 minute")
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
    })
  )

  it.effect("asks a model that rests when the others fail too", () =>
    Effect.gen(function* () {
      const unavailable = failure({ kind: "unavailable" })
      const model = chain([fakeModel("a/1", [unavailable, "back"]), fakeModel("b/2", [unavailable])])
      expect(Result.isFailure(yield* collect(model))).toBe(true)
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
    })
  )

  it.effect("does not let a model rest for one conversation that was too long", () =>
    Effect.gen(function* () {
      const first = fakeModel("a/1", [overflow, "short"], { contextWindow: 1000 })
      const model = chain([first, fakeModel("b/2", ["long"], { contextWindow: 2000 })])
      yield* collect(model)
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
    })
  )

  it("goes by the name and the limits of the first", () => {
    const model = chain([fakeModel("a/1", ["x"], { contextWindow: 5 }), fakeModel("b/2", ["y"])])
    expect(model).toMatchObject({ id: "a/1", info: { contextWindow: 5 } })
  })

  describe("with models for a kind of failure", () => {
    const kinds = [
      ["rate_limit", { kind: "rate_limited" }],
      ["rate_limit", { kind: "quota_exceeded" }],
      ["overload", { kind: "unavailable" }],
      ["overload", { kind: "timed_out", phase: "idle" }],
      ["overload", { kind: "truncated" }],
      ["context_overflow", { kind: "context_overflow" }],
      ["refusal", { kind: "filtered" }]
    ] as const

    for (const [kind, reason] of kinds) {
      it.effect(`asks those for ${kind} first after ${reason.kind}`, () =>
        Effect.gen(function* () {
          const named = fakeModel("n/1", ["named"])
          const model = chain([fakeModel("a/1", [failure(reason)]), fakeModel("b/2", ["general"])], { [kind]: [named] })
          expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("n/1")
        })
      )
    }

    it.effect("goes on with the others when those fail too", () =>
      Effect.gen(function* () {
        const busy = failure({ kind: "unavailable" })
        const model = chain([fakeModel("a/1", [busy]), fakeModel("b/2", ["general"])], {
          overload: [fakeModel("n/1", [busy])]
        })
        expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("b/2")
      })
    )

    it.effect("leaves them alone after another kind of failure", () =>
      Effect.gen(function* () {
        const named = fakeModel("n/1", ["named"])
        const model = chain([fakeModel("a/1", [failure({ kind: "unauthorized" })]), fakeModel("b/2", ["general"])], {
          overload: [named]
        })
        expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("b/2")
        expect(named.requests).toHaveLength(0)
      })
    )

    it.effect("takes a refusal to nobody else", () =>
      Effect.gen(function* () {
        const other = fakeModel("b/2", ["general"])
        const refused = failure({ kind: "filtered" })
        expect(yield* collect(chain([fakeModel("a/1", [refused]), other]))).toEqual(Result.fail(refused))
        expect(other.requests).toHaveLength(0)
      })
    )

    it.effect("takes a reply that was withheld for a refusal, and lets it stand where nobody is named", () =>
      Effect.gen(function* () {
        const withheld = (): Model => ({
          id: "a/1",
          info: {},
          respond: () => Stream.fromIterable([{ ...finished("a/1", "I cannot"), finishReason: "filtered" } as const])
        })
        const named = chain([withheld()], { refusal: [fakeModel("n/1", ["named"])] })
        const events = Result.getOrThrow(yield* collect(named))
        expect(events.map(({ type }) => type)).toEqual(["retrying", "text", "text", "finished"])
        expect(events[0]).toMatchObject({ took: { model: "a/1" } })
        expect(whoAnswered(events)).toBe("n/1")
        const alone = chain([withheld(), fakeModel("b/2", ["general"])])
        expect(Result.getOrThrow(yield* collect(alone))).toMatchObject([{ finishReason: "filtered" }])
      })
    )
  })

  describe("with a server that says how long to wait", () => {
    const slow = (seconds: number) => failure({ kind: "rate_limited", retryAfter: seconds * 1000 })

    it.effect("does not wait while another model can answer, and leaves it alone for as long as it said", () =>
      Effect.gen(function* () {
        const first = fakeModel("a/1", [slow(600), "back"])
        const model = withFallback({ first, others: [fakeModel("b/2", ["hello"])] }, { maxRetries: 3 })
        yield* collect(model)
        yield* TestClock.adjust("599 seconds")
        expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("b/2")
        expect(first.requests).toHaveLength(1)
        yield* TestClock.adjust("1 second")
        expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
      })
    )

    it.effect("waits for the one that is ready the soonest when nobody else is left", () =>
      Effect.gen(function* () {
        const second = fakeModel("b/2", [slow(20), "hello"])
        const model = withFallback({ first: fakeModel("a/1", [slow(40), "late"]), others: [second] }, { maxRetries: 3 })
        const fiber = yield* Effect.forkChild(collect(model))
        yield* TestClock.adjust("19999 millis")
        expect(second.requests).toHaveLength(1)
        yield* TestClock.adjust("1 millis")
        expect(whoAnswered(Result.getOrThrow(yield* Fiber.join(fiber)))).toBe("b/2")
      })
    )

    it.effect("waits for each of them once, and then fails", () =>
      Effect.gen(function* () {
        const models = [fakeModel("a/1", [slow(20)]), fakeModel("b/2", [slow(30)])] as const
        const fiber = yield* Effect.forkChild(collect(chain(models)))
        yield* TestClock.adjust("1 hour")
        expect(Result.isFailure(yield* Fiber.join(fiber))).toBe(true)
        expect(models.map(({ requests }) => requests.length)).toEqual([2, 2])
      })
    )

    it.effect("fails when everybody asks for more than a minute, and asks nobody before", () =>
      Effect.gen(function* () {
        const first = fakeModel("a/1", [slow(600)])
        const model = withFallback({ first, others: [fakeModel("b/2", [slow(700)])] }, { maxRetries: 3 })
        expect(Result.isFailure(yield* collect(model))).toBe(true)
        expect(first.requests).toHaveLength(1)
      })
    )
  })

  it.effect("knows from other chains which models to leave alone", () =>
    Effect.gen(function* () {
      const shared = { maxRetries: 0, cooldowns: cooldowns() }
      const dead = fakeModel("a/1", [failure({ kind: "quota_exceeded" })])
      const spare = fakeModel("b/2", ["hello"])
      yield* collect(withFallback({ first: dead, others: [spare] }, shared))
      yield* collect(withFallback({ first: dead, others: [spare] }, shared))
      expect(dead.requests).toHaveLength(1)
    })
  )

  it("ends every request of any number at a time, whatever fails, and asks nobody before the time they named", async () => {
    const delay = fc.integer({ min: 1, max: 90_000 })
    const reason = fc.oneof(
      fc.record({ kind: fc.constant("rate_limited" as const), retryAfter: fc.option(delay, { nil: undefined }) }),
      fc.record({ kind: fc.constant("unavailable" as const), retryAfter: fc.option(delay, { nil: undefined }) }),
      fc.constantFrom<ModelErrorReason>(
        { kind: "truncated" },
        { kind: "quota_exceeded" },
        { kind: "timed_out", phase: "idle" }
      )
    )
    const answers = fc.array(fc.option(reason, { nil: undefined }), { minLength: 1, maxLength: 12 })
    const starts = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.tuple(answers, answers, answers), starts, async (plans, begins) => {
        const early: Array<string> = []
        const [first, ...others] = plans.map((plan, at) => punctual(`m/${at}`, plan, early))
        if (first === undefined) return
        const model = withFallback({ first, others }, { maxRetries: 2 })
        const ask = (begin: number) => Effect.andThen(Effect.sleep(begin), collect(model))
        const ends = await Effect.runPromise(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(Effect.forEach(begins, ask, { concurrency: "unbounded" }))
            yield* TestClock.adjust("2 hours")
            return yield* Fiber.join(fiber)
          }).pipe(Effect.provide(TestClock.layer()))
        )
        expect(early).toEqual([])
        for (const end of ends) {
          if (Result.isFailure(end)) continue
          expect(end.success.filter(({ type }) => type === "finished")).toHaveLength(1)
          expect(end.success.at(-1)?.type).toBe("finished")
        }
      }),
      { numRuns: 60 }
    )
  })
})

/** Fails as planned, again and again, and notes who comes before the time that it named. A wait above a minute may be passed over. */
const punctual = (id: string, plan: ReadonlyArray<ModelErrorReason | undefined>, early: Array<string>): Model => {
  let requests = 0
  let closedUntil = 0
  return {
    id,
    info: {},
    respond: () =>
      Stream.unwrap(
        Effect.map(Clock.currentTimeMillis, (now): Stream.Stream<ModelEvent, ModelError> => {
          if (now < closedUntil && closedUntil - now <= 60_000) early.push(`${id} at ${now} of ${closedUntil}`)
          const reason = plan[requests++ % plan.length]
          if (reason === undefined) return Stream.succeed(finished(id, "hello"))
          if ("retryAfter" in reason) closedUntil = Math.max(closedUntil, now + (reason.retryAfter ?? 0))
          return Stream.fail(failure(reason))
        })
      )
  }
}

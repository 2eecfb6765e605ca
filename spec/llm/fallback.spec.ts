import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import { withFallback } from "../../llm/fallback.ts"
import type { ModelErrorReason } from "../../llm/model-error.ts"
import type { ModelEvent } from "../../llm/model.ts"
import { collect, failure, fakeModel } from "./fakes.ts"

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

describe("withFallback", () => {
  for (const reason of helped) {
    it.effect(`goes on with the next model after ${reason.kind}, and says so`, () =>
      Effect.gen(function* () {
        const model = withFallback([fakeModel("a/1", [failure(reason)]), fakeModel("b/2", ["hello"])])
        const events = Result.getOrThrow(yield* collect(model))
        expect(events.map(({ type }) => type)).toEqual(["text", "retrying", "text", "text", "finished"])
        expect(events[1]).toMatchObject({ delay: 0, reason: expect.stringContaining("b/2") })
        expect(whoAnswered(events)).toBe("b/2")
      })
    )
  }

  it.effect("does not ask another model what one has refused", () =>
    Effect.gen(function* () {
      const second = fakeModel("b/2", ["hello"])
      const refused = failure({ kind: "refused", status: 400 })
      expect(yield* collect(withFallback([fakeModel("a/1", [refused]), second]))).toEqual(Result.fail(refused))
      expect(second.requests).toHaveLength(0)
    })
  )

  it.effect("takes a conversation that is too long to a model known to have a larger window, past the others", () =>
    Effect.gen(function* () {
      const model = withFallback([
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
        const model = withFallback([small, fakeModel("b/2", ["no"], { contextWindow: other })])
        expect(yield* collect(model)).toEqual(Result.fail(overflow))
      }
    })
  )

  it.effect("tells every failure when all fail", () =>
    Effect.gen(function* () {
      const model = withFallback([
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
      const model = withFallback([first, fakeModel("b/2", ["hello"])])
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
      const model = withFallback([fakeModel("a/1", [unavailable, "back"]), fakeModel("b/2", [unavailable])])
      expect(Result.isFailure(yield* collect(model))).toBe(true)
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
    })
  )

  it.effect("does not let a model rest for one conversation that was too long", () =>
    Effect.gen(function* () {
      const first = fakeModel("a/1", [overflow, "short"], { contextWindow: 1000 })
      const model = withFallback([first, fakeModel("b/2", ["long"], { contextWindow: 2000 })])
      yield* collect(model)
      expect(whoAnswered(Result.getOrThrow(yield* collect(model)))).toBe("a/1")
    })
  )

  it("goes by the name and the limits of the first", () => {
    const model = withFallback([fakeModel("a/1", ["x"], { contextWindow: 5 }), fakeModel("b/2", ["y"])])
    expect(model).toMatchObject({ id: "a/1", info: { contextWindow: 5 } })
  })
})

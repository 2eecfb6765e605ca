/** The circuit breaker on a virtual clock, and its core against all interleavings of what can happen to it. */
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import {
  admit,
  type Breaker,
  type BreakerState,
  closed,
  makeBreaker,
  settle,
  type Verdict
} from "../../../actors/kernel/breaker.ts"

const boom = Effect.fail("boom")
const broken = (breaker: Breaker, times = 5) =>
  Effect.forEach(Array.from({ length: times }), () => Effect.flip(breaker.protect(boom)))
/** Whether a call is let in. */
const isIn = (breaker: Breaker) =>
  Effect.map(Effect.exit(breaker.protect(Effect.succeed("in"))), ({ _tag }) => _tag === "Success")

describe("closed", () => {
  it.effect("passes answers and failures on as they are", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep" })
      expect(yield* breaker.protect(Effect.succeed(42))).toBe(42)
      expect(yield* Effect.flip(breaker.protect(boom))).toBe("boom")
      expect(breaker.view()).toEqual({ state: "closed", failures: 1 })
    })
  )

  it.effect("counts failures in a row only", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep" })
      yield* broken(breaker, 4)
      yield* breaker.protect(Effect.succeed(1))
      yield* broken(breaker, 4)
      expect(breaker.view()).toEqual({ state: "closed", failures: 4 })
    })
  )

  it.effect("counts defects, and successes that are none", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep", failures: 3 })
      yield* Effect.exit(breaker.protect(Effect.die("bug")))
      const isFailure = (answer: { readonly success: boolean }) => !answer.success
      expect(yield* breaker.protect(Effect.succeed({ success: false }), isFailure)).toEqual({ success: false })
      expect(breaker.view().failures).toBe(2)
      yield* breaker.protect(Effect.succeed({ success: false }), () => {
        throw new Error("a broken judge")
      })
      expect(breaker.view().state).toBe("open")
    })
  )

  it.effect("takes an interruption for nothing at all", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep" })
      yield* broken(breaker, 4)
      const fiber = yield* Effect.forkChild(breaker.protect(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      expect(breaker.view()).toEqual({ state: "closed", failures: 4 })
    })
  )
})

describe("open", () => {
  it.effect("refuses at once and says when to come again", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep" })
      yield* TestClock.setTime(1_000_000)
      yield* broken(breaker)
      expect(breaker.view()).toEqual({ state: "open", failures: 5, retryAt: 1_030_000 })
      yield* TestClock.adjust(12_500)
      let ran = false
      const refused = yield* Effect.flip(breaker.protect(Effect.sync(() => (ran = true))))
      expect(refused).toMatchObject({ _tag: "BreakerOpen", name: "grep", retryIn: 17_500 })
      expect(refused.message).toBe("grep failed 5 times in a row and rests: try again in 18 s")
      expect(ran).toBe(false)
    })
  )

  it.effect("lets nobody in before its time, and one after it", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep", failures: 2, openFor: 1000 })
      yield* broken(breaker, 2)
      yield* TestClock.adjust(999)
      expect(yield* isIn(breaker)).toBe(false)
      yield* TestClock.adjust(1)
      expect(yield* isIn(breaker)).toBe(true)
      expect(breaker.view()).toEqual({ state: "closed", failures: 0 })
    })
  )

  it.effect("does not listen to calls that were let in before", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep", failures: 2, openFor: 1000 })
      const answer = yield* Deferred.make<string>()
      const slow = yield* Effect.forkChild(breaker.protect(Deferred.await(answer)), { startImmediately: true })
      yield* broken(breaker, 2)
      yield* Deferred.succeed(answer, "late")
      expect(yield* Fiber.join(slow)).toBe("late")
      expect(breaker.view().state).toBe("open")
    })
  )

  it.effect("does not rest longer for a call of before that fails late", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep", failures: 1, openFor: 1000 })
      const answer = yield* Deferred.make<string, string>()
      const slow = yield* Effect.forkChild(breaker.protect(Deferred.await(answer)), { startImmediately: true })
      yield* broken(breaker, 1)
      yield* TestClock.adjust(600)
      yield* Deferred.fail(answer, "late")
      yield* Fiber.await(slow)
      expect(breaker.view()).toEqual({ state: "open", failures: 1, retryAt: 1000 })
      yield* TestClock.adjust(400)
      expect(yield* isIn(breaker)).toBe(true)
    })
  )

  it.effect("closes when it is reset", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep" })
      yield* broken(breaker)
      breaker.reset()
      expect(breaker.view()).toEqual({ state: "closed", failures: 0 })
      expect(yield* isIn(breaker)).toBe(true)
    })
  )
})

describe("half open", () => {
  const halfOpen = Effect.gen(function* () {
    const breaker = makeBreaker({ name: "grep", failures: 1, openFor: 1000 })
    yield* broken(breaker, 1)
    yield* TestClock.adjust(1000)
    const answer = yield* Deferred.make<string, string>()
    const probe = yield* Effect.forkChild(breaker.protect(Deferred.await(answer)), { startImmediately: true })
    return { breaker, answer, probe }
  })

  it.effect("lets one call try and refuses the others meanwhile", () =>
    Effect.gen(function* () {
      const { breaker, answer, probe } = yield* halfOpen
      expect(breaker.view().state).toBe("half_open")
      const refused = yield* Effect.flip(breaker.protect(Effect.void))
      expect(refused).toMatchObject({ _tag: "BreakerOpen", retryIn: 0 })
      yield* Deferred.succeed(answer, "fine")
      yield* Fiber.join(probe)
      expect(breaker.view()).toEqual({ state: "closed", failures: 0 })
    })
  )

  it.effect("opens again for the whole time when the try fails", () =>
    Effect.gen(function* () {
      const { breaker, answer, probe } = yield* halfOpen
      yield* Deferred.fail(answer, "boom")
      yield* Fiber.await(probe)
      expect(breaker.view()).toMatchObject({ state: "open", failures: 2 })
      yield* TestClock.adjust(999)
      expect(yield* isIn(breaker)).toBe(false)
    })
  )

  it.effect("does not take the late success of an earlier call for the try's", () =>
    Effect.gen(function* () {
      const breaker = makeBreaker({ name: "grep", failures: 1, openFor: 1000 })
      const answer = yield* Deferred.make<string>()
      const slow = yield* Effect.forkChild(breaker.protect(Deferred.await(answer)), { startImmediately: true })
      yield* broken(breaker, 1)
      yield* TestClock.adjust(1000)
      const probe = yield* Effect.forkChild(breaker.protect(Effect.never), { startImmediately: true })
      yield* Deferred.succeed(answer, "late")
      expect(yield* Fiber.join(slow)).toBe("late")
      expect(breaker.view().state).toBe("half_open")
      yield* Fiber.interrupt(probe)
    })
  )

  it.effect("gives an interrupted try's place to the next", () =>
    Effect.gen(function* () {
      const { breaker, probe } = yield* halfOpen
      yield* Fiber.interrupt(probe)
      expect(breaker.view().state).toBe("half_open")
      expect(yield* isIn(breaker)).toBe(true)
      expect(breaker.view().state).toBe("closed")
    })
  )
})

it("lets in at most one call while half open, and none while open, whatever happens in whatever order", () => {
  const limits = { failures: 2, openFor: 3 }
  const verdicts = fc.constantFrom<Verdict>("succeeded", "failed", "released")
  const steps = fc.oneof(
    fc.record({ do: fc.constant("call" as const), wait: fc.nat(4) }),
    fc.record({ do: fc.constant("end" as const), which: fc.nat(9), verdict: verdicts, wait: fc.nat(1) })
  )
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (all) => {
      let state: BreakerState = closed
      let time = 0
      const open: Array<number> = []
      for (const step of all) {
        time += step.wait
        if (step.do === "call") {
          const before = state
          const { next, isIn: enters } = admit(state, time)
          state = next
          if (enters) open.push(state.era)
          expect(enters && before.state === "open" && time < before.until).toBe(false)
        } else if (open.length > 0) {
          const [era = 0] = open.splice(step.which % open.length, 1)
          state = settle(state, era, step.verdict, time, limits)
        }
        const trying = open.filter((era) => era === state.era).length
        if (state.state === "half_open") expect(trying).toBe(state.isTrying ? 1 : 0)
        if (state.state === "open") expect(trying).toBe(0)
        if (state.state === "closed") expect(state.failures).toBeLessThan(limits.failures)
      }
    }),
    { numRuns: 300 }
  )
})

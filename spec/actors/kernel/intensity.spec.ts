/** The restart intensity against the plainest way to count. */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { exceeds, type Failure, within } from "../../../actors/kernel/intensity.ts"

const budget = { max: 2, seconds: 5 }
const failure = (at: number, child = "a"): Failure => ({ child, at, reason: { kind: "failed", error: "boom" } })
const run = (times: ReadonlyArray<number>) => {
  const failures: Array<Failure> = []
  return times.map((at) => exceeds(failures, failure(at), budget))
}

it("bears so many failures and not one more", () => {
  expect(run([0, 1, 2])).toEqual([false, false, true])
})

it("counts a failure exactly one period ago, and none before", () => {
  expect(run([0, 10, 5000])).toEqual([false, false, true])
  expect(run([0, 10, 5001])).toEqual([false, false, false])
})

it("bears nothing with a maximum of 0", () => {
  expect(exceeds([], failure(0), { max: 0, seconds: 1 })).toBe(true)
})

it("says how many of one child lie within the period", () => {
  const failures = [failure(0), failure(4000, "b"), failure(5000)]
  expect(within(failures, 5000, budget)).toBe(3)
  expect(within(failures, 5001, budget)).toBe(2)
  expect(within(failures, 5001, budget, "a")).toBe(1)
})

it("decides as counting all failures of the period does, and keeps no more than it needs", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 40 })
  const budgets = fc.record({ max: fc.integer({ min: 0, max: 5 }), seconds: fc.integer({ min: 1, max: 8 }) })
  fc.assert(
    fc.property(gaps, budgets, (steps, any) => {
      const times = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0))
      const failures: Array<Failure> = []
      for (const [index, at] of times.entries()) {
        const expected = times.slice(0, index + 1).filter((time) => at - time <= any.seconds * 1000).length > any.max
        expect(exceeds(failures, failure(at), any)).toBe(expected)
        if (expected) return
        expect(failures.length).toBeLessThanOrEqual(any.max)
      }
    })
  )
})

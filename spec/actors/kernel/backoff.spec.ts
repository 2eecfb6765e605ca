/** Waiting before a restart: grows, is capped, is random, is forgotten. */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { defaultBackoff, delayOf, lengthen, type Streak } from "../../../actors/kernel/backoff.ts"

const streakOf = (times: ReadonlyArray<number>, quiet: number): Streak | undefined =>
  times.reduce<Streak | undefined>((streak, at) => lengthen(streak, at, { ...defaultBackoff, quiet }), undefined)

it("does not wait before the first restart", () => {
  expect(delayOf(lengthen(undefined, 5, defaultBackoff), 0.999, defaultBackoff)).toBe(0)
})

it("doubles the longest wait with each failure in a row", () => {
  const longest = [2, 3, 4, 5].map((length) => delayOf({ length, at: 0 }, 1, defaultBackoff))
  expect(longest).toEqual([100, 200, 400, 800])
})

it("waits any time between nothing and the longest", () => {
  expect([0, 0.25, 0.5].map((random) => delayOf({ length: 4, at: 0 }, random, defaultBackoff))).toEqual([0, 100, 200])
})

it("never waits longer than the cap, however long the row", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (length, random) => {
      const delay = delayOf({ length, at: 0 }, random, { base: 100, cap: 30_000, quiet: 1 })
      expect(delay).toBeGreaterThanOrEqual(0)
      expect(delay).toBeLessThanOrEqual(30_000)
    })
  )
})

it("begins anew after a quiet time, and only then", () => {
  expect(streakOf([0, 10, 20], 60)).toEqual({ length: 3, at: 20 })
  expect(streakOf([0, 10, 69], 60)).toEqual({ length: 3, at: 69 })
  expect(streakOf([0, 10, 70], 60)).toEqual({ length: 1, at: 70 })
})

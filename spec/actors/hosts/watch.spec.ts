import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { watch } from "../../../actors/hosts/watch.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A place that answers pings after so many milliseconds, or never. */
const watched = (answersAfter: number | undefined, { silence = 5000, grace = 10, isBusy = true } = {}) => {
  const seen = { pings: 0, checks: 0, still: 0 }
  const one = watch({
    silence,
    grace,
    isBusy: () => isBusy,
    hasLate: () => true,
    ping: () => {
      seen.pings++
      if (answersAfter !== undefined) setTimeout(() => one.heard(), answersAfter)
    },
    check: () => seen.checks++,
    onStill: (milliseconds) => {
      seen.still = milliseconds
      one.end()
    }
  })
  return { one, seen }
}

describe("the place of a late call", () => {
  it("has a quarter of a second to react, however short the grace is", () => {
    const { one, seen } = watched(200)
    one.wake()
    one.hurry()
    vi.advanceTimersByTime(10_000)
    expect(seen.still).toBe(0)
    expect(seen.pings).toBeGreaterThan(1)
  })

  it("is given up soon after", () => {
    const { one, seen } = watched(undefined)
    one.wake()
    one.hurry()
    vi.advanceTimersByTime(350)
    expect(seen.still).toBeGreaterThanOrEqual(250)
  })

  it("has no less than the grace", () => {
    const { one, seen } = watched(undefined, { grace: 1000 })
    one.wake()
    one.hurry()
    vi.advanceTimersByTime(1900)
    expect(seen.still).toBe(0)
    vi.advanceTimersByTime(300)
    expect(seen.still).toBeGreaterThanOrEqual(1000)
  })
})

it("any other place has its silence", () => {
  const { one, seen } = watched(undefined, { silence: 3000 })
  one.wake()
  vi.advanceTimersByTime(3000)
  expect(seen.still).toBe(0)
  vi.advanceTimersByTime(1500)
  expect(seen.still).toBeGreaterThanOrEqual(3000)
})

it("looks seldom while nobody calls, and not at all in the end", () => {
  const { one, seen } = watched(1, { isBusy: false })
  one.wake()
  vi.advanceTimersByTime(60_000)
  expect(seen.checks).toBeGreaterThan(20)
  expect(seen.checks).toBeLessThan(40)
  one.end()
  expect(vi.getTimerCount()).toBe(0)
})

it("does not count the time in which the machine slept", () => {
  const { one, seen } = watched(undefined, { silence: 5000 })
  one.wake()
  vi.advanceTimersByTime(600)
  const now = performance.now.bind(performance)
  vi.spyOn(performance, "now").mockImplementation(() => now() + 3_600_000)
  vi.advanceTimersByTime(1000)
  expect(seen.still).toBe(0)
  vi.restoreAllMocks()
})

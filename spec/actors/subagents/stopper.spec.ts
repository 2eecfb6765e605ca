import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { stopper } from "../../../actors/subagents/stopper.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it("stops when its time is over", () => {
  const one = stopper(1000, [])
  vi.advanceTimersByTime(999)
  expect(one.reason()).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect([one.reason(), one.signal.aborted]).toEqual(["timed_out", true])
})

it("stands still while the user is asked, until all questions are answered", () => {
  const one = stopper(1000, [])
  vi.advanceTimersByTime(600)
  one.wait()
  one.wait()
  vi.advanceTimersByTime(60_000)
  one.go()
  vi.advanceTimersByTime(60_000)
  one.go()
  vi.advanceTimersByTime(399)
  expect(one.reason()).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect(one.reason()).toBe("timed_out")
})

it("keeps its first reason, and starts no clock after it", () => {
  const caller = new AbortController()
  const one = stopper(1000, [caller.signal])
  one.wait()
  caller.abort()
  one.go()
  one.stop("closing")
  vi.advanceTimersByTime(2000)
  expect([one.reason(), vi.getTimerCount()]).toEqual(["cancelled", 0])
})

it("is stopped at once by a caller who has gone already, and leaves nothing behind when it is over", () => {
  expect(stopper(1000, [AbortSignal.abort()]).reason()).toBe("cancelled")
  const one = stopper(1000, [])
  one.release()
  expect([one.reason(), vi.getTimerCount()]).toEqual([undefined, 0])
})

/** Percentiles and what is made of them: a slow call is seen in the 99th, not in the middle. */
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { judged, table } from "../bench.ts"
import { awaited, latencyFigures, percentile, spreadOf, yielded } from "./samples.ts"

it("takes the nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect([0, 0.5, 0.95, 0.99, 1].map((part) => percentile(values, part))).toEqual([1, 50, 95, 99, 100])
  expect(percentile([7], 0.99)).toBe(7)
})

it("takes the median over the runs, in microseconds, and drops the first batch", async () => {
  const batches = [
    [9, 9],
    [1, 2],
    [3, 40],
    [5, 6]
  ]
  const asked: Array<number> = []
  const spread = await spreadOf(
    async (calls) => {
      asked.push(calls)
      return batches[asked.length - 1] ?? []
    },
    { runs: 3, calls: 2 }
  )
  expect(asked).toEqual([2, 2, 2, 2])
  expect(spread).toEqual({ p50: 3000, p99: 6000 })
})

it("makes every call once, in order, and fails when one does", async () => {
  const made: Array<number> = []
  const call = (n: number) => Effect.sync(() => made.push(n))
  expect(await yielded(call)(3)).toHaveLength(3)
  expect(await awaited((n) => made.push(n))(2)).toHaveLength(2)
  expect(made).toEqual([0, 1, 2, 0, 1])
  await expect(awaited(() => Promise.reject(new Error("broken")))(1)).rejects.toThrow("broken")
  await expect(yielded(() => Effect.fail(new Error("broken")))(1)).rejects.toThrow("broken")
})

it("tells what is added to the floor", () => {
  const figures = latencyFigures(
    "call",
    { p50: 12.34, p99: 250 },
    { floor: { p50: 0.25, p99: 1 }, aims: { p50: 60, p99: 180 } }
  )
  expect(figures.map(judged)).toEqual([12.09, 249])
  expect(table(figures)).toMatch(/call, p50 +12\.3 µs +0\.25 µs .*met\ncall, p99 +250 µs +1\.00 µs .*missed$/)
})

/** Many calls, each timed by itself: their middle, and the slow ones that a middle hides. */
import * as Effect from "effect/Effect"
import { type Figure, median } from "../bench.ts"

/** By nearest rank. */
export const percentile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(part * values.length) - 1)] ?? Number.NaN

/** Milliseconds of one call. */
export const timed = async (call: () => unknown): Promise<number> => {
  const started = performance.now()
  await call()
  return performance.now() - started
}

/** Makes so many calls one after another. @returns milliseconds of each. */
export type Batch = (calls: number) => Promise<ReadonlyArray<number>>

export const awaited =
  (call: (n: number) => unknown): Batch =>
  async (calls) => {
    const took: Array<number> = []
    for (let n = 0; n < calls; n++) {
      const started = performance.now()
      await call(n)
      took.push(performance.now() - started)
    }
    return took
  }

/** Within one fiber, so that starting it is not part of any call. */
export const yielded =
  <E>(call: (n: number) => Effect.Effect<unknown, E>): Batch =>
  (calls) =>
    Effect.gen(function* () {
      const took: Array<number> = []
      for (let n = 0; n < calls; n++) {
        const started = performance.now()
        yield* call(n)
        took.push(performance.now() - started)
      }
      return took
    }).pipe(Effect.runPromise)

/** Microseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

/** @returns the medians over all runs of each run's percentiles. */
export const spreadOf = async (
  batch: Batch,
  { runs, calls }: { readonly runs: number; readonly calls: number }
): Promise<Spread> => {
  // The first calls are the compiler's.
  await batch(calls)
  const samples: Array<ReadonlyArray<number>> = []
  for (let run = 0; run < runs; run++) samples.push(await batch(calls))
  const middle = (part: number) => median(samples.map((took) => percentile(took, part))) * 1000
  return { p50: middle(0.5), p99: middle(0.99) }
}

/** A call beside its floor, as two figures; the aims are of what is added to it. */
export const latencyFigures = (
  what: string,
  ours: Spread,
  { floor, aims }: { readonly floor?: Spread; readonly aims?: Spread } = {}
): ReadonlyArray<Figure> =>
  (["p50", "p99"] as const).map((part) => ({
    what: `${what}, ${part}`,
    unit: "µs",
    ours: ours[part],
    ...(floor === undefined ? {} : { floor: floor[part] }),
    ...(aims === undefined ? {} : { aim: { of: "difference", most: aims[part] } as const })
  }))

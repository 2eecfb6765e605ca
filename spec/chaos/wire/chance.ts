/** Chance from a seed: the same seed gives the same numbers (which of them a client gets depends on who asks first). */
import fc from "fast-check"

/** From 0 to 1. */
export const chanceOf = (seed: number): (() => number) => {
  const drawn = fc.sample(fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }), { seed, numRuns: 5000 })
  let at = 0
  return () => drawn[at++ % drawn.length] ?? 0
}

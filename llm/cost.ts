/** What a request cost. */
import type { Price, Usage } from "./model.ts"

/**
 * US dollars; `undefined` when usage or price is unknown, which is not the same as free.
 * Tokens read from or written to a cache without a price of its own cost what fresh ones cost.
 */
export const costOf = (usage: Usage | undefined, price: Price | undefined): number | undefined => {
  if (usage === undefined || price === undefined) return undefined
  const rate = price.tiers?.findLast(({ above }) => usage.input > above) ?? price
  const fresh = Math.max(0, usage.input - usage.cacheRead - usage.cacheWrite)
  const perMillion =
    fresh * rate.input +
    usage.cacheRead * (rate.cacheRead ?? rate.input) +
    usage.cacheWrite * (rate.cacheWrite ?? rate.input) +
    usage.output * rate.output
  return perMillion / 1_000_000
}

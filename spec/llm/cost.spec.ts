import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { costOf } from "../../llm/cost.ts"
import type { Price, Usage } from "../../llm/model.ts"

const million = 1_000_000
const usage = (parts: Partial<Usage>): Usage => ({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0, ...parts })
const price: Price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }

describe("costOf", () => {
  it("is unknown, not 0, when usage or price is", () => {
    expect(costOf(undefined, price)).toBeUndefined()
    expect(costOf(usage({ input: 5 }), undefined)).toBeUndefined()
  })

  it("is 0 for what is free", () => {
    expect(costOf(usage({ input: 5, output: 7 }), { input: 0, output: 0 })).toBe(0)
  })

  it("counts each kind of token at its rate, cached ones not twice", () => {
    expect(costOf(usage({ input: million }), price)).toBeCloseTo(3)
    expect(costOf(usage({ output: million }), price)).toBeCloseTo(15)
    expect(costOf(usage({ input: million, cacheRead: million }), price)).toBeCloseTo(0.3)
    expect(costOf(usage({ input: million, cacheWrite: million }), price)).toBeCloseTo(3.75)
    expect(
      costOf(usage({ input: 4 * million, cacheRead: million, cacheWrite: million, output: million }), price)
    ).toBeCloseTo(25.05)
  })

  it("takes cached tokens for fresh ones where the cache has no price", () => {
    expect(
      costOf(usage({ input: million, cacheRead: 400_000, cacheWrite: 100_000 }), { input: 3, output: 15 })
    ).toBeCloseTo(3)
  })

  it("charges the whole request at the rate of a long prompt", () => {
    const tiered = {
      ...price,
      tiers: [
        { above: 200_000, input: 6, output: 22 },
        { above: 500_000, input: 9, output: 33 }
      ]
    }
    expect(costOf(usage({ input: 200_000 }), tiered)).toBeCloseTo(0.6)
    expect(costOf(usage({ input: 200_001, output: million }), tiered)).toBeCloseTo(23.2)
    expect(costOf(usage({ input: million }), tiered)).toBeCloseTo(9)
  })

  it("never falls below 0 and never shrinks with more tokens", () => {
    const tokens = fc.nat(10 * million)
    const usages = fc.record({ input: tokens, output: tokens, cacheRead: tokens, cacheWrite: tokens })
    fc.assert(
      fc.property(usages, tokens, (some, more) => {
        const cost = costOf(some, price)!
        expect(cost).toBeGreaterThanOrEqual(0)
        expect(costOf({ ...some, input: some.input + more, output: some.output + more }, price)).toBeGreaterThanOrEqual(
          cost
        )
      })
    )
  })
})

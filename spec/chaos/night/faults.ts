/** What goes wrong on the wire in a night, drawn from a seed: the same night again for the same number. */
import fc from "fast-check"

export type Fault =
  /** 429 with the time to wait, milliseconds. */
  | { readonly kind: "rate_limited"; readonly wait: number }
  /** 529, as Anthropic says it when it is overloaded, and 503; now and then with the time to wait. */
  | { readonly kind: "overloaded"; readonly status: 503 | 529; readonly wait: number | undefined }
  /** The socket is gone before a byte of the answer. */
  | { readonly kind: "reset" }
  /** The socket is gone, the stream ends, or nothing more comes, after this share of the answer. */
  | { readonly kind: "cut" | "truncated" | "stall"; readonly share: number }

export type FaultKind = Fault["kind"]

/** A compressed night: what takes seconds there takes milliseconds here; one wait in eight is too long to be worth it. */
const wait = fc.oneof(
  { weight: 7, arbitrary: fc.integer({ min: 300, max: 900 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8_500, max: 12_000 }) }
)
const share = fc.double({ min: 0.05, max: 0.9, noNaN: true })

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("rate_limited" as const), wait }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("overloaded" as const),
      status: fc.constantFrom(503 as const, 529 as const),
      wait: fc.option(wait, { nil: undefined })
    })
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reset" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "truncated" as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stall" as const), share }) }
)

/** Two requests in five fail. */
const fate = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fault })

/** One for each request of a provider, in order. */
export const fatesOf = (seed: number, requests: number): ReadonlyArray<Fault | undefined> =>
  fc.sample(fc.noBias(fate), { seed, numRuns: requests })

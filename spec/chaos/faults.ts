/** What may go wrong in a run, drawn from one seed by fast-check: the same seed gives the same faults in the same order. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { type Fault as PlaceFault, faults as placeFaults } from "../actors/hosts/fault-names.ts"
import { brokenPlugins } from "./bundle.ts"
import type { After } from "./plugins/counter.ts"
import { nearFaults } from "./plugins/near.ts"

/** What a request to the model may meet. */
export const wireFaults = [
  "dropped",
  "truncated",
  "stalled",
  "rate_limited",
  "overloaded",
  "malformed",
  "empty"
] as const
export type WireFault = (typeof wireFaults)[number]

export type Fault =
  /** A tool of a plugin in a process of its own commits one of the sixteen; `late`: after its answer. */
  | { readonly type: "place"; readonly plugin: string; readonly fault: PlaceFault; readonly late: boolean }
  /** A tool of a plugin in this process breaks. */
  | { readonly type: "near"; readonly fault: (typeof nearFaults)[number] }
  /** A tool breaks after it has changed the world. */
  | { readonly type: "counter"; readonly where: "near" | "far"; readonly after: After }
  /** From outside, to the process of a plugin that breaks. */
  | { readonly type: "signal"; readonly signal: "SIGKILL" | "SIGSTOP"; readonly plugin: string }
  | { readonly type: "wire"; readonly fault: WireFault }
  /** The user stops a turn, or closes the session under it and goes on with what the journal has. */
  | { readonly type: "user"; readonly does: "cancels" | "resumes" }

/** Faults in which a tool takes part wait for the next reply of a model, those of the wire for the next request. */
export type ToolFault = Extract<Fault, { type: "place" | "near" | "counter" }>

/** The fault's name in the report. */
export const nameOf = (fault: Fault): string => {
  switch (fault.type) {
    case "place":
      return `child: ${fault.fault}${fault.late ? ", after the answer" : ""}`
    case "near":
      return `in process: ${fault.fault}`
    case "counter":
      return `counter, ${fault.where}: ${fault.after} after the effect`
    case "signal":
      return `from outside: ${fault.signal}`
    case "wire":
      return `wire: ${fault.fault}`
    case "user":
      return `user: ${fault.does}`
  }
}

/** Those that happen beside the call, so that it may be answered before. */
const mayBeLate: ReadonlySet<PlaceFault> = new Set(["timer_throw", "unhandled_rejection", "emitter_error"])

const someOf = <Value>(values: ReadonlyArray<Value>) => fc.noBias(fc.constantFrom(...values))

/** Running out of heap keeps a core busy for a second or more, so it comes at half the rate of the others. */
const placeFault = someOf([...placeFaults, ...placeFaults.filter((fault) => fault !== "heap_exhaustion")])

const weighted = (weight: number, arbitrary: fc.Arbitrary<Fault>) => ({ weight, arbitrary })

const fault: fc.Arbitrary<Fault> = fc.oneof(
  weighted(
    52,
    fc
      .record({ plugin: someOf(brokenPlugins), fault: placeFault, late: fc.noBias(fc.boolean()) })
      .map((drawn) => ({ type: "place", ...drawn, late: drawn.late && mayBeLate.has(drawn.fault) }))
  ),
  weighted(
    8,
    someOf(nearFaults).map((fault) => ({ type: "near", fault }))
  ),
  weighted(
    5,
    someOf<After>(["throws", "overflows", "never_settles"]).map((after) => ({ type: "counter", where: "near", after }))
  ),
  weighted(
    5,
    someOf<After>(["throws", "overflows", "never_settles", "exits", "loops"]).map((after) => ({
      type: "counter",
      where: "far",
      after
    }))
  ),
  weighted(
    6,
    fc
      .record({
        signal: someOf(["SIGKILL", "SIGSTOP"] as const),
        plugin: someOf([...brokenPlugins, "far-counter"])
      })
      .map((drawn) => ({ type: "signal", ...drawn }))
  ),
  weighted(
    14,
    someOf(wireFaults).map((fault) => ({ type: "wire", fault }))
  ),
  weighted(
    10,
    someOf(["cancels", "resumes"] as const).map((does) => ({ type: "user", does }))
  )
)

/** One round of healthy work beside the faults: what is called besides, and what is written. */
export interface Work {
  /** Numbers to double, one call of a healthy plugin each. */
  readonly double: ReadonlyArray<number>
  /** Milliseconds that such a call takes. */
  readonly ms: number
  /** Which of the other tools are used in this round. */
  readonly also: "nothing" | "files" | "shell" | "counters" | "broken"
  /** Rounds of the turn that begins with it. */
  readonly rounds: number
}

const work: fc.Arbitrary<Work> = fc.record({
  double: fc.noBias(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 4 })),
  ms: someOf([0, 0, 0, 5, 20]),
  also: someOf(["nothing", "files", "shell", "counters", "counters", "broken", "broken"] as const),
  rounds: fc.noBias(fc.integer({ min: 1, max: 4 }))
})

export interface Plan {
  readonly faults: ReadonlyArray<Fault>
  readonly works: ReadonlyArray<Work>
  /** Of all that was drawn: two runs with one hash were given the same. */
  readonly hash: string
}

/** Rounds of work are drawn once and used again from the beginning when they are over. */
const worksDrawn = 1000

/** @param count Faults. */
export const planOf = (seed: number, count: number): Plan => {
  const faults = fc.sample(fault, { seed, numRuns: count })
  const works = fc.sample(work, { seed: seed + 1, numRuns: worksDrawn })
  const hash = createHash("sha256")
    .update(JSON.stringify([faults, works]))
    .digest("hex")
    .slice(0, 12)
  return { faults, works, hash }
}

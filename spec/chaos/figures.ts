/** The four numbers of a run together with correctness, beside those of two runtimes that do nothing and that wrap everything. */
import type { Run } from "./chaos.ts"
import { quantile } from "./tally.ts"

/** Shares, 0 to 1. */
export interface Figures {
  /** Calls with a typed answer within their deadline. */
  readonly availability: number
  /** Calls of healthy plugins with the same result as without faults. */
  readonly containment: number
  /** Sessions that read from their journal as they were seen. */
  readonly session: number
  /** 1 − what claims to be sound and is not ÷ what claims to be mended. */
  readonly truth: number
  /** Faults that were mended and proved so. */
  readonly correctness: number
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

/** With nothing that claims to be mended, one false claim is as bad as can be. */
const truthOf = (falseHeals: number, claimed: number): number =>
  claimed === 0 ? (falseHeals === 0 ? 1 : 0) : Math.max(0, 1 - falseHeals / claimed)

export const figuresOf = ({ stormy, sessions, unlike }: Run): Figures => {
  const { calls, swallowed, faults } = stormy
  const healed = calls.of("healed")
  return {
    availability: share(calls.of("in time"), calls.of("asked")),
    containment: share(calls.of("healthy and right"), calls.of("healthy")),
    session: share(sessions.of("compared") - Math.min(unlike.count, sessions.of("compared")), sessions.of("compared")),
    truth: truthOf(swallowed.count, healed + calls.of("provisional")),
    correctness: faults.total === 0 ? 0 : healed / faults.total
  }
}

/**
 * The same calls and faults without protection: all goes well until the first fault that a process does not survive, and
 * nothing afterwards. Its sessions are whole only when none came.
 */
export const doingNothing = ({ toll: { calls, healthy, dead } }: Run): Figures => ({
  availability: share(dead?.calls ?? calls, calls),
  containment: share(dead?.healthy ?? healthy, healthy),
  session: dead === undefined ? 1 : 0,
  truth: 1,
  correctness: 0
})

/** The same with every failure of a call turned into a success with an empty value: each is a false claim. */
export const wrappingEverything = ({ stormy: { faults } }: Run): Figures => {
  const failed = faults.total - faults.of("right")
  return { availability: 1, containment: 1, session: 1, truth: truthOf(failed, failed), correctness: 0 }
}

/** Of healthy calls, milliseconds, and how much slower they were while faults came. */
export const latencyOf = ({ quiet, stormy }: Run) => {
  const both = (at: number) => {
    const [before, during] = [quantile(quiet.latencies, at), quantile(stormy.latencies, at)]
    return { quiet: before, faulty: during, ratio: share(during, before) }
  }
  return { p50: both(0.5), p99: both(0.99) }
}

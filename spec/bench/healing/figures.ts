/** The four numbers and correctness of a set of played cases, beside those of a runtime that wraps everything. */
import type { Case } from "../../healing/corpus/cases.ts"
import type { Result, Worth } from "./outcome.ts"

export interface Scored {
  readonly case: Case
  /** Absent: the runtime did not survive it. */
  readonly result: Result | undefined
}

export interface Figures {
  readonly faults: number
  readonly worth: Readonly<Record<Worth, number>>
  /** Degraded, and every hidden test passes: more was mended than is claimed. */
  readonly modest: number
  readonly silent: number
  /** The runtime's process ended. */
  readonly deaths: number
  /** Shares, 0 to 1: calls answered in time · calls of the healthy neighbour that went as ever. */
  readonly availability: number
  readonly containment: number
  /** 1 − false ÷ claimed. */
  readonly truth: number
  /** Correct ÷ faults. */
  readonly correctness: number
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, one) => total + one, 0)

export const figuresOf = (scored: ReadonlyArray<Scored>): Figures => {
  const results = scored.flatMap(({ result }) => result ?? [])
  const count = (worth: Worth) => results.filter((one) => one.worth === worth).length
  const worth = {
    correct: count("correct"),
    degraded: count("degraded"),
    contained: count("contained"),
    unnoticed: count("unnoticed"),
    false: count("false")
  }
  const deaths = scored.length - results.length
  const lost = sum(scored.map((one) => (one.result === undefined ? one.case.unmended.length : 0)))
  const pairs = (of: "answered" | "neighbour", at: 0 | 1) => sum(results.map((result) => result[of][at]))
  return {
    faults: scored.length,
    worth,
    modest: results.filter((one) => one.worth === "degraded" && one.isRight).length,
    silent: results.filter(({ isSilent }) => isSilent).length,
    deaths,
    availability: share(pairs("answered", 0), pairs("answered", 1) + lost),
    containment: share(pairs("neighbour", 0), pairs("neighbour", 1) + lost),
    truth: 1 - (worth.correct + worth.false === 0 ? 0 : worth.false / (worth.correct + worth.false)),
    correctness: scored.length === 0 ? 0 : worth.correct / scored.length
  }
}

/**
 * Every failure of a call turned into a success with an empty answer: all is answered, nothing is mended, and each swallowed
 * failure is a claim that is not true. Computed: it needs no more than to know which calls fail.
 */
export const wrappingEverything = (cases: ReadonlyArray<Case>): Figures => {
  const swallowing = cases.filter(({ unmended }) => unmended.some((end) => end !== "right" && end !== "wrong")).length
  return {
    faults: cases.length,
    worth: { correct: 0, degraded: 0, contained: 0, unnoticed: cases.length - swallowing, false: swallowing },
    modest: 0,
    silent: swallowing,
    deaths: 0,
    availability: 1,
    containment: 1,
    truth: swallowing === 0 ? 1 : 0,
    correctness: 0
  }
}

export const quantile = (values: ReadonlyArray<number>, at: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN
}

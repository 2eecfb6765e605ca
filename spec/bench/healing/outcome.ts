/** What a played case is worth: the state that was claimed, held against the hidden tests. */
import type { Case } from "../../healing/corpus/cases.ts"
import type { Played, Told } from "./theatre.ts"

/**
 * correct: claimed as mended (S2, S3), and every hidden test passes · false: claimed, and a hidden test fails; or an error was
 * turned into a success that names no loss · degraded (S1): answered, the loss named · contained (S0): it failed and said so ·
 * unnoticed: it answers wrongly as it did before anybody looked, nothing failed and nothing is claimed.
 */
export type Worth = "correct" | "false" | "degraded" | "contained" | "unnoticed"

export interface Result {
  readonly id: string
  readonly worth: Worth
  /** A false one that does not show in the answer: neither a seam nor a loss. */
  readonly isSilent: boolean
  /** Every hidden test passes, whatever is claimed. */
  readonly isRight: boolean
  /** S2 or S3 is claimed for the code in the end. */
  readonly isClaimed: boolean
  /** Calls with an answer in time, and all calls. */
  readonly answered: readonly [inTime: number, all: number]
  readonly neighbour: readonly [right: number, all: number]
  /** Milliseconds to the repair that held, by strategy. */
  readonly heals: ReadonlyArray<{ readonly strategy: string; readonly after: number }>
  readonly why: string
  readonly played: Played
}

/** Milliseconds: the tools' own limit, and what may pass before it is told. */
const deadline = 12_000

const claims = ({ outcome }: Told): boolean => outcome === "provisional" || outcome === "healed"

/** Success with a wrong answer where the broken code failed, and no word about it. */
const swallowed = (told: Told, before: Case["unmended"][number] | undefined): boolean =>
  told.success &&
  !told.isRight &&
  told.outcome === undefined &&
  told.losses === 0 &&
  before !== undefined &&
  before !== "wrong" &&
  before !== "right"

export const judged = (one: Pick<Case, "id" | "unmended">, played: Played): Result => {
  const { judged, all, failing, seams } = played
  const active = seams.filter(({ status }) => status === "active")
  // What was taken back in time claims nothing any more; what its answers claimed meanwhile had to be right all the same.
  const isClaimed = active.some(({ state }) => state === "provisional" || state === "healed")
  const isRight = judged.length > 0 && judged.every((told) => told.isRight)
  const lies = all.filter((told) => claims(told) && !told.isRight)
  const swallows = all.filter((told, n) => swallowed(told, one.unmended[n % judged.length]))
  const isFalse = (isClaimed && !isRight) || lies.length > 0 || swallows.length > 0
  const told = [...all, ...(failing === undefined ? [] : [failing])]
  // A plugin that cannot be loaded has no tools, and the session says so.
  const isContained = told.some(({ outcome, text }) => outcome === "contained" || text.startsWith("there is no tool"))
  const isDegraded = told.some(({ outcome, losses }) => outcome === "degraded" || losses > 0)
  const worth: Worth = isFalse
    ? "false"
    : isClaimed
      ? "correct"
      : isDegraded || active.some(({ state }) => state === "degraded")
        ? "degraded"
        : isContained || seams.length > 0
          ? "contained"
          : "unnoticed"
  const firstWrong = judged.findIndex((told) => !told.isRight)
  return {
    id: one.id,
    worth,
    isSilent:
      isFalse &&
      judged.some(
        (told, n) => told.success && !told.isRight && !told.isMarked && told.losses === 0 && one.unmended[n] !== "wrong"
      ),
    isRight,
    isClaimed,
    answered: [all.filter(({ took }) => took <= deadline).length, all.length],
    neighbour: played.neighbour,
    heals: active.flatMap(({ strategy, after }) =>
      strategy === undefined || Number.isNaN(after) ? [] : [{ strategy, after }]
    ),
    why: firstWrong === -1 ? "" : `test ${firstWrong}: ${judged[firstWrong]?.text ?? ""}`,
    played
  }
}

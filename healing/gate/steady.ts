/** What of a call's outcome is evidence: what comes again in another order, and what stays within what is on tape. */
import * as Effect from "effect/Effect"
import type { Sources } from "../code.ts"
import type { Play } from "../tape.ts"
import type { Outcome, Trial, TrialOptions } from "../trial.ts"
import { isSameOutcome } from "./same.ts"

/**
 * Plays the calls once more, in the other order: what a call gives may hang neither on chance nor on the calls before it.
 *
 * @param outcomes Of the first time. Those that ended their place are not played again: each costs a new one.
 * @returns for each call its outcome, `undefined` when it came otherwise.
 */
export const steady = (
  trial: Trial,
  sources: Sources,
  plays: ReadonlyArray<Play>,
  outcomes: ReadonlyArray<Outcome>,
  options: TrialOptions
): Effect.Effect<ReadonlyArray<Outcome | undefined>> =>
  Effect.gen(function* () {
    const open = plays.flatMap((play, at) => (outcomes[at]?.type === "ended" ? [] : [{ play, at }])).toReversed()
    if (open.length === 0) return outcomes
    const report = yield* trial.play(
      sources,
      open.map(({ play }) => play),
      options
    )
    const again = new Map(open.map(({ at }, n) => [at, report.loaded ? report.outcomes[n] : undefined]))
    return outcomes.map((outcome, at) => {
      if (!again.has(at)) return outcome
      const other = again.get(at)
      return other !== undefined && isSameOutcome(outcome, other) ? outcome : undefined
    })
  })

/** It asked for what no tape can answer: from there on it went its way without the world. */
export const isBeyond = (outcome: Outcome): boolean =>
  (outcome.type === "answered" || outcome.type === "threw") && outcome.beyond.length > 0

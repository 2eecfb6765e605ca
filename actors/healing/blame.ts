/** Whether a repair that is on probation is to blame for what happened: the same call is played with the code as its author wrote it. */
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import type { Failure } from "../../healing/failure.ts"
import type { SeamView } from "../../healing/ledger.ts"
import type { Play, TapedCall } from "../../healing/tape.ts"
import type { Report } from "../../healing/trial.ts"
import { isOnProbation } from "./probation.ts"
import { trialFor } from "./trials.ts"
import type { Ward } from "./ward.ts"

export interface Guilty {
  readonly seam: string
  readonly reason: string
}

/**
 * @param failure How the call failed with the repair; absent: it went well.
 * @returns `undefined` when none is on probation, the call cannot be played again, or the author's code does no better.
 */
export const blame = (
  call: TapedCall,
  failure: Failure | undefined,
  ward: Ward,
  now: number
): Effect.Effect<Guilty | undefined> =>
  Effect.gen(function* () {
    const watched = ward.standing().filter((seam) => isOnProbation(seam, ward.goodCalls(seam.id), now))
    const newest = watched.at(-1)
    if (newest === undefined || call.isPartial) return undefined
    const play: Play = { kind: "recorded", tool: call.tool, input: call.input, world: call.world }
    const trial = trialFor(ward)
    const without = yield* trial.play(new Map(), [play])
    const { sources } = yield* ward.overlay
    const withIt = yield* trial.play(sources, [play])
    return failure === undefined ? ofAnswer(newest, without, withIt) : ofFailure(newest, without, withIt)
  })

/** What does not fail again when it is played was nobody's fault in here. */
const ofFailure = (seam: SeamView, without: Report, withIt: Report): Guilty | undefined => {
  if (!without.loaded || (withIt.loaded && withIt.outcomes[0]?.type === "answered")) return undefined
  const [outcome] = without.outcomes
  if (outcome?.type === "answered") return { seam: seam.id, reason: "a call failed with it that goes well without it" }
  const moved = outcome?.type === "threw" && seam.state !== "healed" && isOriginal(seam, outcome.failure)
  return moved ? { seam: seam.id, reason: "it only moved the failure elsewhere" } : undefined
}

const isOriginal = ({ failure }: SeamView, { kind, said }: Failure): boolean =>
  failure.kind === kind && failure.message === said

const ofAnswer = (seam: SeamView, without: Report, withIt: Report): Guilty | undefined => {
  const [before] = without.loaded ? without.outcomes : []
  const [after] = withIt.loaded ? withIt.outcomes : []
  if (before?.type !== "answered" || before.beyond.length > 0 || isDeepStrictEqual(before, after)) return undefined
  // An author's example that failed before is what the seam is there for.
  if (seam.failure.kind === "broken_example" || seam.failure.kind === "broken_promise") return undefined
  return { seam: seam.id, reason: "a call that went well without it gives something else with it" }
}

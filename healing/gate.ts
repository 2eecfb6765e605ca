/**
 * The gate: everything may propose, only what is proved here is accepted. A candidate must keep the policy, mend the call
 * that failed, change nothing that went well, keep the tool's own promises and examples, and agree with all others that do.
 */
import * as Effect from "effect/Effect"
import type { Candidate, Verdict } from "./candidate.ts"
import { oneSided } from "./gate/ablation.ts"
import { decide } from "./gate/decide.ts"
import { type Ground, groundOf, sourcesOf } from "./gate/ground.ts"
import { intakeOf, type Views } from "./gate/intake.ts"
import { bestOf, isPlain, isSettled } from "./gate/rank.ts"
import { type Bench, tryOut, type Tried } from "./gate/tries.ts"
import type { Fallen, Survivor } from "./gate/weigh.ts"
import type { Patient } from "./patient.ts"
import type { Sources } from "./code.ts"
import { tryView, type View, viewOf } from "./policy/tree.ts"
import type { Trial } from "./trial.ts"

export interface ProveOptions {
  /** For candidates that somebody else wrote: each is tried in a place of its own. Default false. */
  readonly fresh?: boolean
  /** Milliseconds for each call. Default: by how long the calls took that did not fail. */
  readonly patience?: number
}

/** Candidates that are looked at. */
const mostCandidates = 80

/**
 * Nothing is committed here, and nothing is left running when it is interrupted.
 *
 * @param candidates Best tier first: when those that are left can change nothing any more, they are not asked for.
 */
export const prove = (
  patient: Patient,
  candidates: Iterable<Candidate>,
  trial: Trial,
  options: ProveOptions = {}
): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const { code, hook } = patient
    if (code === undefined) return rejected("its code is no file that could be tried")
    if (hook !== undefined) return rejected("calls of hooks are on no tape, so no repair of one can be proved")
    const sources = sourcesOf(code)
    const views = viewsOf(sources)
    const [falls, survivors]: [Array<Fallen>, Array<Survivor>] = [[], []]
    const next = intakeOf({ patient, root: code.root, sources, views, candidates, falls, most: mostCandidates })
    let candidate = yield* next
    // Nothing is run for what may not be done anyway.
    if (candidate === undefined) return decide({ code, sources, failing: [], items: [] }, falls, [])
    const found = yield* groundOf(patient, code, sources, trial, options)
    if (typeof found === "string") return rejected(found)
    let ground: Ground = found
    const bench: Bench = {
      patient,
      trial,
      views,
      options: { ...options, patience: found.patience ?? options.patience }
    }
    for (; candidate !== undefined && !isSettled(ground, survivors, candidate.tier); candidate = yield* next) {
      const tried: Tried = yield* tryOut(bench, ground, candidate)
      ground = tried.ground
      if ("check" in tried.result) falls.push(tried.result)
      else survivors.push(tried.result)
    }
    return decide(ground, falls, survivors, yield* doubtOf(bench, ground, survivors))
  })

/** Of a repair that only examples speak for. */
const doubtOf = ({ trial, views, options }: Bench, ground: Ground, survivors: ReadonlyArray<Survivor>) => {
  const best = bestOf(survivors)
  if (best?.kind !== "spoken" || !best.doAgree || isPlain(best.all[0])) return Effect.succeed(undefined)
  const { sources } = best.all[0].candidate
  const changes = [...sources].flatMap(([path, text]) => {
    const before = views(path)
    return before === undefined ? [] : [[before, viewOf(path, text)] as const]
  })
  return oneSided(trial, ground, changes, sources, options)
}

const rejected = (reason: string): Verdict => ({ type: "rejected", reason, proof: [] })

const viewsOf = (sources: Sources): Views => {
  const known = new Map<string, View | undefined>()
  return (path) => {
    const source = sources.get(path)
    if (source !== undefined && !known.has(path)) known.set(path, tryView(path, source))
    return known.get(path)
  }
}

/**
 * The gate: everything may propose, only what is proved here is accepted. A candidate must keep the policy, mend the call
 * that failed, change nothing that went well, keep the tool's own promises and examples, and agree with all others that do.
 */
import * as Effect from "effect/Effect"
import type { Candidate, Verdict } from "./candidate.ts"
import type { Sources } from "./code.ts"
import { type Added, addedBy, isLearnt, valuesIn } from "./gate/added.ts"
import { type Ground, groundOf, itemsFor, sourcesOf } from "./gate/ground.ts"
import { poolOf } from "./gate/faithful.ts"
import { decide } from "./gate/decide.ts"
import {
  type Fallen,
  failingFlaw,
  isVaried,
  lossesOf,
  manifestFlaw,
  otherFlaw,
  spokenFor,
  type Survivor
} from "./gate/weigh.ts"
import type { Patient } from "./patient.ts"
import { judgeOf } from "./policy.ts"
import { changedLines, mostLines } from "./policy/text.ts"
import { namesReached } from "./policy/names.ts"
import type { Trial, TrialOptions } from "./trial.ts"

export interface ProveOptions {
  /** For candidates that somebody else wrote: each is tried in a place of its own. Default false. */
  readonly fresh?: boolean
  /** Milliseconds for each call. Default: the trial's. */
  readonly patience?: number
}

/** Candidates that are looked at. */
const mostCandidates = 60

/** Nothing is committed here, and nothing is left running when it is interrupted. */
export const prove = (
  patient: Patient,
  candidates: Iterable<Candidate>,
  trial: Trial,
  options: ProveOptions = {}
): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const { code } = patient
    if (code === undefined) return rejected("its code is no file that could be tried")
    const sources = sourcesOf(code)
    const sifted = sift(patient, code.root, sources, candidates)
    // Nothing is run for what may not be done anyway.
    if (sifted.kept.length === 0) return decide({ code, sources, failing: [], items: [] }, 0, sifted.falls, [])
    const ground = yield* groundOf(patient, code, sources, trial, options)
    if (typeof ground === "string") return rejected(ground)
    const lawful = forgetful(sifted, patient, ground)
    const likely = yield* tryFailing(ground, lawful, trial, options)
    const whole = ground.manifest === undefined ? grown(patient, ground, likely) : ground
    const survivors = yield* tryOthers(patient, whole, likely, trial, options)
    return decide(whole, lawful.kept.length, lawful.falls, survivors)
  })

const rejected = (reason: string): Verdict => ({ type: "rejected", reason, proof: [] })

interface Lawful {
  readonly candidate: Candidate
  readonly added: Added
}

interface Sifted {
  readonly kept: ReadonlyArray<Lawful>
  readonly falls: Array<Fallen>
}

/** V0, and each text once. */
const sift = (patient: Patient, root: string, sources: Sources, candidates: Iterable<Candidate>): Sifted => {
  const judge = judgesOf(patient, root, sources)
  const pool = poolOf(sources.values())
  const [kept, falls, seen]: [Array<Lawful>, Array<Fallen>, Set<string>] = [[], [], new Set()]
  for (const candidate of candidates) {
    if (seen.size >= mostCandidates) break
    const text = JSON.stringify([...candidate.sources])
    if (seen.has(text)) continue
    seen.add(text)
    const violations = judge(candidate)
    if (violations.length === 0) kept.push({ candidate, added: addedTo(sources, candidate, pool) })
    else falls.push({ candidate, check: "V0", reason: `it ${violations.slice(0, 3).join("; it ")}` })
  }
  return { kept, falls }
}

const judgesOf = ({ failure, tool }: Patient, root: string, sources: Sources) => {
  const frames = failure.frames.filter(({ file }) => sources.has(file))
  // A failure that names no place may come from anywhere in what its call runs through; one of loading, too.
  const names = tool !== undefined && frames.length > 0 ? namesReached(sources, frames) : undefined
  const linesIn = (path: string) => frames.filter(({ file }) => file === path).map(({ line }) => line)
  const judges = new Map(
    [...sources].map(([path, before]) => {
      const reach = names === undefined ? {} : { names, lines: linesIn(path) }
      return [path, judgeOf({ path, root, before, ...reach })] as const
    })
  )
  return ({ sources: changed }: Candidate): ReadonlyArray<string> => {
    const lines = [...changed].reduce((sum, [path, text]) => sum + changedLines(sources.get(path) ?? "", text), 0)
    if (lines > mostLines) return [`changes ${lines} lines, and ${mostLines} are allowed`]
    return [...changed].flatMap(([path, after]) => {
      const judge = judges.get(path)
      return judge === undefined ? [`changes ${path}, which is no file of the plugin's own`] : judge(after)
    })
  }
}

/** Without those that know a call or an answer by heart. */
const forgetful = (
  { kept, falls }: Sifted,
  { failing, recorded }: Patient,
  { failing: shown, items }: Ground
): Sifted => {
  const calls = [...recorded, ...(failing === undefined ? [] : [failing])]
  const known = new Set([
    ...calls.flatMap(({ input }) => [...valuesIn(input), JSON.stringify(input) ?? ""]),
    ...recorded.flatMap(({ answer }) => valuesIn(answer)),
    ...[...shown, ...items].flatMap(({ example, play, before }) => [
      ...(play.kind === "mutated" ? [] : valuesIn(play.input)),
      ...valuesIn([example?.output, example?.written]),
      ...(before?.type === "answered" ? valuesIn(before.answer) : [])
    ])
  ])
  const learnt = kept.filter(({ added }) => isLearnt(added.literals, known))
  const reason = "it knows a call or an answer by heart"
  const out = learnt.map(({ candidate }): Fallen => ({ candidate, check: "V0", reason }))
  return { kept: kept.filter((one) => !learnt.includes(one)), falls: [...falls, ...out] }
}

const addedTo = (sources: Sources, candidate: Candidate, pool: ReadonlySet<string>): Added => {
  const all = [...candidate.sources].map(([path, after]) => {
    const before = sources.get(path) ?? ""
    return before === after
      ? { softens: [], fails: false, isFaithful: true, literals: [] }
      : addedBy(path, before, after, pool)
  })
  return {
    softens: [...new Set(all.flatMap(({ softens }) => softens))],
    fails: all.some(({ fails }) => fails),
    isFaithful: all.every((one) => one.isFaithful),
    literals: all.flatMap(({ literals }) => literals)
  }
}

interface Likely extends Lawful {
  readonly failing: Survivor["failing"]
  readonly manifest: NonNullable<Ground["manifest"]>
}

/** V1 and V2: one load and one play for each, so that the many that mend nothing cost little. */
const tryFailing = (ground: Ground, { kept, falls }: Sifted, trial: Trial, options: TrialOptions) =>
  Effect.gen(function* () {
    const likely: Array<Likely> = []
    for (const { candidate, added } of kept) {
      const sources = new Map([...ground.sources, ...candidate.sources])
      const report = yield* trial.play(
        sources,
        ground.failing.map(({ play }) => play),
        options
      )
      if (!report.loaded) {
        falls.push({ candidate, check: "V1", reason: `it cannot be loaded: ${report.failure.said}` })
        continue
      }
      const { manifest, outcomes } = report
      const before = ground.manifest ?? likely[0]?.manifest
      const fall =
        (before === undefined ? undefined : manifestFlaw(before, manifest)) ?? failingFlaw(ground.failing, outcomes)
      if (fall === undefined) likely.push({ candidate, added, failing: outcomes, manifest })
      else falls.push({ candidate, ...fall })
    }
    return { likely, falls }
  })

/** Where the code could not be loaded, what to play is known only when a repair of it can. */
const grown = (
  patient: Patient,
  ground: Ground,
  { likely: [first] }: { readonly likely: ReadonlyArray<Likely> }
): Ground =>
  first === undefined
    ? ground
    : {
        ...ground,
        items: itemsFor(patient, first.manifest).map(({ play, example }) => ({
          play,
          ...(example === undefined ? {} : { example }),
          isBroken: false
        }))
      }

/** V3 to V5 for those that are left, and how they behave in calls that nobody made. */
const tryOthers = (
  { failure }: Patient,
  ground: Ground,
  { likely, falls }: { readonly likely: ReadonlyArray<Likely>; readonly falls: Array<Fallen> },
  trial: Trial,
  options: TrialOptions
) =>
  Effect.gen(function* () {
    const { items, failing: shown } = ground
    const survivors: Array<Survivor> = []
    for (const { candidate, added, failing } of likely) {
      const sources = new Map([...ground.sources, ...candidate.sources])
      const report = yield* trial.play(
        sources,
        items.map(({ play }) => play),
        options
      )
      const others = report.loaded ? report.outcomes : []
      const fall = otherFlaw(ground, items, others, added, failure.kind === "broken_example")
      if (fall !== undefined) {
        falls.push({ candidate, ...fall })
        continue
      }
      const [all, outcomes] = [
        [...shown, ...items],
        [...failing, ...others]
      ]
      survivors.push({
        candidate,
        added,
        failing,
        others,
        losses: lossesOf(candidate, added, shown, failing),
        spoken: spokenFor(all, outcomes),
        isVaried: isVaried(all, outcomes)
      })
    }
    return survivors
  })

/** One candidate put to the test: V1 to V5, cheapest first, and how it behaves in calls that nobody made. */
import * as Effect from "effect/Effect"
import type { Candidate } from "../candidate.ts"
import type { Sources } from "../code.ts"
import type { Patient } from "../patient.ts"
import { viewOf } from "../policy/tree.ts"
import type { Outcome, Trial, TrialManifest, TrialOptions } from "../trial.ts"
import { type Added, addedBy, isLearnt, valuesIn } from "./added.ts"
import { namesIn, poolOf } from "./faithful.ts"
import { type Ground, itemsFor } from "./ground.ts"
import type { Views } from "./intake.ts"
import { isSameOutcome } from "./same.ts"
import {
  failingFlaw,
  type Fallen,
  isVaried,
  lossesOf,
  manifestFlaw,
  otherFlaw,
  spokenFor,
  type Survivor
} from "./weigh.ts"

export interface Bench {
  readonly patient: Patient
  readonly trial: Trial
  readonly options: TrialOptions
  readonly views: Views
}

export interface Tried {
  /** Where the code could not be loaded, what to play is known only when a repair of it can. */
  readonly ground: Ground
  readonly result: Survivor | Fallen
}

export const tryOut = (bench: Bench, known: Ground, candidate: Candidate): Effect.Effect<Tried> =>
  Effect.gen(function* () {
    const { trial, options, patient } = bench
    const sources = new Map([...known.sources, ...candidate.sources])
    // One load and one play for each, so that the many that mend nothing cost little.
    const report = yield* trial.play(
      sources,
      known.failing.map(({ play }) => play),
      options
    )
    const fall = (fallen: Omit<Fallen, "candidate">, ground = known): Tried => ({
      ground,
      result: { candidate, ...fallen }
    })
    if (!report.loaded) return fall({ check: "V1", reason: `it cannot be loaded: ${report.failure.said}` })
    const { manifest, outcomes: failing } = report
    const flaw =
      (known.manifest === undefined ? undefined : manifestFlaw(known.manifest, manifest)) ??
      failingFlaw(known.failing, failing)
    if (flaw !== undefined) return fall(flaw)
    const ground = known.manifest === undefined ? grown(patient, known, manifest) : known
    const added = addedTo(bench, known.sources, candidate)
    if (isLearnt(added.literals, valuesKnown(patient, ground)))
      return fall({ check: "V0", reason: "it knows a call or an answer by heart" }, ground)
    const others = yield* playOthers(bench, ground, sources)
    return { ground, result: weigh(bench, ground, candidate, added, failing, others) }
  })

const grown = (patient: Patient, ground: Ground, manifest: TrialManifest): Ground => ({
  ...ground,
  manifest,
  items: itemsFor(patient, manifest).map(({ play, example }) => ({
    play,
    ...(example === undefined ? {} : { example }),
    isBroken: false
  }))
})

interface Others {
  readonly outcomes: ReadonlyArray<Outcome>
  /** Without what is no evidence: what came otherwise in another order, and what went beyond the tape. */
  readonly steady: ReadonlyArray<Outcome | undefined>
}

/** All calls in one load, and once more in the other order: what a call gives may not hang on those before it. */
const playOthers = ({ trial, options }: Bench, { items }: Ground, sources: Sources) =>
  Effect.gen(function* () {
    const plays = items.map(({ play }) => play)
    const report = yield* trial.play(sources, [...plays, ...plays.toReversed()], options)
    const all = report.loaded ? report.outcomes : []
    const outcomes = all.slice(0, plays.length)
    const again = all.slice(plays.length).toReversed()
    const steady = outcomes.map((outcome, at) => {
      const other = again[at]
      const isSame = other !== undefined && isSameOutcome(outcome, other)
      return isSame && !isBeyond(outcome) ? outcome : undefined
    })
    return { outcomes, steady } satisfies Others
  })

const isBeyond = (outcome: Outcome): boolean =>
  (outcome.type === "answered" || outcome.type === "threw") && outcome.beyond.length > 0

const weigh = (
  { patient }: Bench,
  ground: Ground,
  candidate: Candidate,
  added: Added,
  failing: ReadonlyArray<Outcome>,
  { outcomes, steady }: Others
): Survivor | Fallen => {
  const { items, failing: shown } = ground
  const spoken = spokenFor([...shown, ...items], [...failing, ...outcomes])
  const isVouchedFor = added.isFaithful || spoken.length > 0
  const fall = otherFlaw(ground, outcomes, steady, isVouchedFor, patient.failure.kind === "broken_example")
  if (fall !== undefined) return { candidate, ...fall }
  return {
    candidate,
    added,
    failing,
    others: steady,
    losses: lossesOf(candidate, added, shown, failing, spoken.length > 0),
    spoken,
    isVaried: isVaried([...shown, ...items], [...failing, ...steady])
  }
}

const addedTo = ({ views, patient: { failure } }: Bench, sources: Sources, { sources: changed }: Candidate): Added => {
  const pool = poolOf(sources.values())
  const blamed = new Set(namesIn(`${failure.property ?? ""} ${failure.subject ?? ""}`))
  const elsewhere = new Set([...sources].flatMap(([path, text]) => (changed.has(path) ? [] : namesIn(text))))
  const all = [...changed].flatMap(([path, text]) => {
    const before = text === sources.get(path) ? undefined : views(path)
    return before === undefined ? [] : [addedBy(before, viewOf(path, text), { pool, blamed, elsewhere })]
  })
  return {
    softens: [...new Set(all.flatMap(({ softens }) => softens))],
    fails: all.some(({ fails }) => fails),
    isFaithful: all.every((one) => one.isFaithful),
    size: all.reduce((sum, { size }) => sum + size, 0),
    literals: all.flatMap(({ literals }) => literals)
  }
}

/** Texts and numbers of all calls and answers that a repair could have learnt by heart. */
const valuesKnown = ({ failing, recorded }: Patient, { failing: shown, items }: Ground) => {
  const calls = [...recorded, ...(failing === undefined ? [] : [failing])]
  return new Set([
    ...calls.flatMap(({ input }) => [...valuesIn(input), JSON.stringify(input) ?? ""]),
    ...recorded.flatMap(({ answer }) => valuesIn(answer)),
    ...[...shown, ...items].flatMap(({ example, play, before }) => [
      ...(play.kind === "mutated" ? [] : valuesIn(play.input)),
      ...valuesIn([example?.output, example?.written]),
      ...(before?.type === "answered" ? valuesIn(before.answer) : [])
    ])
  ])
}

/** One candidate put to the test: V1 to V5, cheapest first, and how it behaves in calls that nobody made. */
import * as Effect from "effect/Effect"
import type { Candidate } from "../candidate.ts"
import type { Sources } from "../code.ts"
import type { Patient } from "../patient.ts"
import { viewOf } from "../policy/tree.ts"
import type { Trial, TrialManifest, TrialOptions } from "../trial.ts"
import { type Added, addedBy, isLearnt, keysIn, valuesIn } from "./added.ts"
import { namesIn, poolOf } from "./faithful.ts"
import { type Ground, itemsFor } from "./ground.ts"
import type { Views } from "./intake.ts"
import { isBeyond, steady } from "./steady.ts"
import {
  type Fall,
  failingFlaw,
  type Fallen,
  isVaried,
  lossesOf,
  manifestFlaw,
  otherFlaw,
  regionFlaw,
  spokenFor,
  type Survivor
} from "./weigh.ts"

export interface Bench {
  readonly patient: Patient
  readonly trial: Trial
  readonly options: TrialOptions
  readonly views: Views
}

/** A candidate with which the call that failed is answered. */
type Mended = Pick<Survivor, "candidate" | "added" | "failing">

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
    const [shown] = known.failing
    const report = yield* trial.play(sources, shown === undefined ? [] : [shown.play], options)
    const fall = (fallen: Fall, ground = known): Tried => ({ ground, result: { candidate, ...fallen } })
    if (!report.loaded) return fall({ check: "V1", reason: `it cannot be loaded: ${report.failure.said}` })
    const { manifest, outcomes: failing } = report
    const flaw =
      (known.manifest === undefined ? undefined : manifestFlaw(known.manifest, manifest)) ??
      failingFlaw(known.failing.slice(0, 1), failing)
    if (flaw !== undefined) return fall(flaw)
    const ground = known.manifest === undefined ? grown(patient, known, manifest) : known
    const added = addedTo(bench, ground, candidate)
    if (isLearnt(added.literals, valuesKnown(patient, ground)))
      return fall({ check: "V0", reason: "it knows a call or an answer by heart" }, ground)
    const result = yield* tryOthers(bench, ground, sources, { candidate, added, failing })
    return "check" in result ? fall(result, ground) : { ground, result }
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

/** The other calls that fail, V3 to V5; and what passes them is played once more. */
const tryOthers = (bench: Bench, ground: Ground, sources: Sources, { candidate, added, failing: [first] }: Mended) =>
  Effect.gen(function* () {
    const { trial, options, patient } = bench
    const { items, failing: shown } = ground
    const all = [...shown.slice(1), ...items]
    const plays = all.map(({ play }) => play)
    const report = yield* trial.play(sources, plays, options)
    const played = report.loaded ? report.outcomes : []
    const [failing, outcomes] = [played.slice(0, all.length - items.length), played.slice(all.length - items.length)]
    const flaw =
      failingFlaw(shown.slice(1), failing) ?? otherFlaw(ground, outcomes, patient.failure.kind === "broken_example")
    if (flaw !== undefined) return flaw
    const again = yield* steady(trial, sources, plays, played, options)
    const known = again.map((one) => (one === undefined || isBeyond(one) ? undefined : one))
    const head = first === undefined ? [] : [first]
    const spoken = spokenFor([...shown, ...items], [...head, ...played])
    const others = known.slice(failing.length)
    const narrow = regionFlaw(added.isFaithful || spoken.length > 0, items, others)
    if (narrow !== undefined) return narrow
    const losses = lossesOf(candidate, added, shown, [...head, ...failing], spoken.length > 0)
    const varied = isVaried([...shown, ...items], [...head, ...known])
    return {
      candidate,
      added,
      failing: [...head, ...failing],
      others,
      losses,
      spoken,
      isVaried: varied
    } satisfies Survivor
  })

const addedTo = ({ views, patient }: Bench, ground: Ground, { sources: changed }: Candidate): Added => {
  const { sources } = ground
  const { failure } = patient
  const pool = poolOf(sources.values())
  const blamed = new Set(namesIn(`${failure.property ?? ""} ${failure.subject ?? ""}`))
  const elsewhere = new Set([...sources].flatMap(([path, text]) => (changed.has(path) ? [] : namesIn(text))))
  for (const key of keysKnown(patient, ground)) elsewhere.add(key)
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

const keysKnown = ({ failing, recorded }: Patient, { manifest, items }: Ground): ReadonlyArray<string> => [
  ...keysIn([failing?.input, recorded.map(({ input, answer }) => [input, answer])]),
  ...keysIn(items.map(({ example }) => [example?.input, example?.output])),
  ...keysIn(manifest?.tools.map(({ parameters }) => parameters))
]

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

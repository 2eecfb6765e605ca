/** The ground on which candidates are judged: how the unchanged code behaves, in which calls it fails and in which it must not change. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Code, Sources } from "../code.ts"
import type { Patient } from "../patient.ts"
import { probesOf, sampleOf } from "../probes.ts"
import type { Play, TapedCall, World } from "../tape.ts"
import type { Example, Outcome, Trial, TrialManifest, TrialOptions } from "../trial.ts"
import { flawOf, playsOf } from "./examples.ts"
import { failureOf, isCrash, isSameFailure } from "./same.ts"
import { isBeyond, steady } from "./steady.ts"

/** A call, and what is known of it. */
export interface Item {
  readonly play: Play
  /** How it ended with the unchanged code; absent when that cannot be loaded. */
  readonly before?: Outcome
  readonly example?: Example
  /** With the unchanged code it fails by accident, or not as its example says. */
  readonly isBroken: boolean
}

export interface Ground {
  readonly code: Code
  /** The code as it runs now. */
  readonly sources: Sources
  /** Absent: it cannot be loaded. */
  readonly manifest?: TrialManifest
  /** Calls that show the failure; none when it is one of loading. */
  readonly failing: ReadonlyArray<Item>
  /** Milliseconds for one call: what all together took that are known to end, but not less than a moment. */
  readonly patience?: number
  /** All others: recorded, examples, mutated. Added to when the first candidate loads, where nothing did before. */
  readonly items: ReadonlyArray<Item>
}

/** Recorded calls that are played. */
const mostRecorded = 8
/** Examples that are played, of all tools. */
const mostExamples = 24
/** Least time for one call, milliseconds. */
const shortest = 300

const somewhere: World = { cwd: "/workspace", taskStartedAt: 0, uses: [] }

/** @returns a text saying why nothing can be judged. */
export const groundOf = (
  patient: Patient,
  code: Code,
  sources: Sources,
  trial: Trial,
  options: TrialOptions
): Effect.Effect<Ground | string> =>
  Effect.gen(function* () {
    const { failing } = patient
    const isCrashed = failing !== undefined && patient.failure.kind !== "broken_example"
    const first = yield* trial.play(sources, isCrashed ? [{ ...failing, kind: "failing" }] : [], options)
    if (!first.loaded) {
      const isKnown = failing === undefined && isSameFailure(first.failure, patient.failure)
      return isKnown ? { code, sources, failing: [], items: [] } : notShown
    }
    const { manifest, outcomes } = first
    const [before] = outcomes
    if (isCrashed && (before === undefined || !showsFailure(before, patient))) return notShown
    const { items, patience } = yield* itemsIn(patient, code, sources, manifest, trial, options)
    const shown: ReadonlyArray<Item> =
      isCrashed && before !== undefined
        ? [{ play: { ...failing, kind: "failing" }, before, isBroken: true }]
        : items.filter(({ play, example, isBroken }) => isBroken && example !== undefined && play.tool === patient.tool)
    if (shown.length === 0) return notShown
    return { code, sources, manifest, failing: shown, patience, items: items.filter((item) => !shown.includes(item)) }
  })

/** All calls that are not the one that failed, with what comes of them now. */
const itemsIn = (
  patient: Patient,
  code: Code,
  sources: Sources,
  manifest: TrialManifest,
  trial: Trial,
  options: TrialOptions
) =>
  Effect.gen(function* () {
    const asked = itemsFor(patient, manifest)
    const [known, probes] = [asked.filter(({ play }) => !isProbe(play)), asked.filter(({ play }) => isProbe(play))]
    const [took, told] = yield* Effect.timed(look(trial, sources, known, options))
    const patience = options.patience ?? Math.min(1000, Math.max(shortest, Duration.toMillis(took)))
    const seen = [...told, ...(yield* lookAtProbes(trial, sources, probes, { ...options, patience }))]
    return { items: seen.flatMap((one) => settle(one, patient, code)), patience }
  })

const notShown = "it did not show itself again when it was tried: nothing is mended that may be a passing fault"

const showsFailure = (outcome: Outcome, { failure }: Patient): boolean => {
  const again = failureOf(outcome)
  return (
    again !== undefined && (isSameFailure(again, failure) || (outcome.type === "ended" && again.kind === failure.kind))
  )
}

/** The code as it runs now, so that a trial does not fall back to what was mended long ago. */
export const sourcesOf = (code: Code): Sources =>
  new Map(
    code.files().flatMap((file) => {
      const text = code.read(file)
      return text === undefined ? [] : [[file, text] as const]
    })
  )

type Asked = Pick<Item, "play" | "example"> & { readonly taped?: TapedCall }

/** Recorded calls, examples and probes, those of the tool that failed first. */
export const itemsFor = ({ failing, recorded, tool }: Patient, manifest: TrialManifest): ReadonlyArray<Asked> => {
  const { tools } = manifest
  const ownFirst = <Thing extends { readonly tool: string }>(things: ReadonlyArray<Thing>) => [
    ...things.filter((one) => one.tool === tool),
    ...things.filter((one) => one.tool !== tool)
  ]
  const known = new Set(tools.map(({ name }) => name))
  const world = failing?.world ?? recorded[0]?.world ?? somewhere
  const taped = ownFirst(recorded.filter((call) => !call.isPartial && known.has(call.tool))).slice(0, mostRecorded)
  const examples = ownFirst(
    tools.flatMap((one) =>
      playsOf(one, world).flatMap((play, at) =>
        (one.examples?.slice(at, at + 1) ?? []).map((example) => ({ tool: one.name, play, example }))
      )
    )
  ).slice(0, mostExamples)
  const plays = taped.map((call): Asked => ({ play: { ...call, kind: "recorded" }, taped: call }))
  const seeds = [
    ...(failing === undefined ? [] : [failing]),
    ...examples.map(({ play }) => play),
    ...plays.map(({ play }) => play)
  ]
  const own = tool === undefined ? seeds : seeds.filter((seed) => seed.tool === tool)
  const bare = tools.map(({ name, parameters }): Play => ({
    kind: "mutated",
    tool: name,
    input: sampleOf(parameters),
    world
  }))
  const schemaOf = (name: string) => tools.find((one) => one.name === name)?.parameters
  const probes = own.length > 0 ? probesOf(own, schemaOf) : [...bare, ...probesOf(bare, schemaOf)]
  return [...examples.map(({ play, example }) => ({ play, example })), ...plays, ...probes.map((play) => ({ play }))]
}

const isProbe = ({ kind }: Play): boolean => kind === "mutated"

interface Seen extends Asked {
  /** How it ended with the unchanged code. */
  readonly before: Outcome
}

/** Without those that are no evidence. */
const look = (trial: Trial, sources: Sources, asked: ReadonlyArray<Asked>, options: TrialOptions) =>
  Effect.gen(function* () {
    const plays = asked.map(({ play }) => play)
    const report = yield* trial.play(sources, plays, options)
    const outcomes = report.loaded ? report.outcomes : []
    const known = yield* steady(trial, sources, plays.slice(0, outcomes.length), outcomes, options)
    return asked.flatMap((one, at): ReadonlyArray<Seen> => {
      const before = known[at]
      const isEvidence = before !== undefined && (one.example !== undefined || !isBeyond(before))
      return isEvidence ? [{ ...one, before }] : []
    })
  })

/** Probes that are played in one load: few at first, because each that ends its place costs a new one. */
const lots = [2, 6, 16]
/** Probes that may end their place, for the little that it says. */
const mostEnded = 2

const lookAtProbes = (trial: Trial, sources: Sources, probes: ReadonlyArray<Asked>, options: TrialOptions) =>
  Effect.gen(function* () {
    const seen: Array<Seen> = []
    let at = 0
    for (const lot of lots) {
      const asked = probes.slice(at, (at += lot))
      if (asked.length === 0 || seen.filter(({ before }) => before.type === "ended").length >= mostEnded) break
      seen.push(...(yield* look(trial, sources, asked, options)))
    }
    return seen
  })

/** @returns nothing for a call of which the tape tells otherwise. */
const settle = ({ play, example, taped, before }: Seen, { failure }: Patient, code: Code): ReadonlyArray<Item> => {
  if (example !== undefined) return [{ play, before, example, isBroken: flawOf(example, before) !== undefined }]
  if (taped?.answer !== undefined && !isRecorded(before, taped.answer)) return []
  const found = failureOf(before)
  const isBroken = found !== undefined && (isSameFailure(found, failure) || isCrash(before, code))
  return [{ play, before, isBroken }]
}

/** What stands on the tape has been through the engine, which adds fields of its own. */
const isRecorded = (outcome: Outcome, answer: unknown): boolean => {
  if (outcome.type !== "answered" || typeof answer !== "object" || answer === null) return false
  const [now, then] = [outcome.answer, { ...answer } as Readonly<Record<string, unknown>>]
  return JSON.stringify([now.success, now.data]) === JSON.stringify([then.success, then.data])
}

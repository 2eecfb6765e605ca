/** The ground on which candidates are judged: how the unchanged code behaves, in which calls it fails and in which it must not change. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Code, Sources } from "../code.ts"
import type { Patient } from "../patient.ts"
import { probesOf, sampleOf } from "../probes.ts"
import type { Play, TapedCall, World } from "../tape.ts"
import type { Example, Outcome, Trial, TrialManifest, TrialOptions } from "../trial.ts"
import { flawOf, playsOf } from "./examples.ts"
import { failureOf, isCrash, isSameFailure, isSameOutcome } from "./same.ts"

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
    const isExample = patient.failure.kind === "broken_example"
    const failing = patient.failing === undefined || isExample ? [] : [{ ...patient.failing, kind: "failing" as const }]
    const first = yield* trial.play(sources, failing, options)
    if (!first.loaded) {
      const isKnown = patient.failing === undefined && isSameFailure(first.failure, patient.failure)
      return isKnown ? { code, sources, failing: [], items: [] } : notShown
    }
    const { manifest, outcomes } = first
    const shown = failing.flatMap((play, at): ReadonlyArray<Item> => {
      const [before] = outcomes.slice(at)
      return before !== undefined && showsFailure(before, patient) ? [{ play, before, isBroken: true }] : []
    })
    if (shown.length < failing.length) return notShown
    const asked = itemsFor(patient, manifest)
    const plays = asked.map(({ play }) => play)
    // Twice in one load, the second time in the other order: what hangs on chance, or on the calls before it, says nothing.
    const [took, played] = yield* Effect.timed(trial.play(sources, [...plays, ...plays.toReversed()], options))
    if (!played.loaded) return notShown
    const again = played.outcomes.slice(plays.length).toReversed()
    const items = asked.flatMap((item, at) => settle(item, played.outcomes[at], again[at], patient, code))
    const found =
      shown.length > 0
        ? shown
        : items.filter(({ play, example, isBroken }) => isBroken && example !== undefined && play.tool === patient.tool)
    if (found.length === 0) return notShown
    const patience = Math.min(1000, Math.max(shortest, Duration.toMillis(took)))
    return { code, sources, manifest, failing: found, patience, items: items.filter((item) => !found.includes(item)) }
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

/** @returns nothing for a call that gives now this, now that. */
const settle = (
  { play, example, taped }: Asked,
  before: Outcome | undefined,
  again: Outcome | undefined,
  { failure }: Patient,
  code: Code
): ReadonlyArray<Item> => {
  if (before === undefined || again === undefined || !isSameOutcome(before, again)) return []
  if (example !== undefined) return [{ play, before, example, isBroken: flawOf(example, before) !== undefined }]
  if (taped?.answer !== undefined && !isRecorded(before, taped.answer)) return []
  // From there on it went its way without the world.
  if ((before.type === "answered" || before.type === "threw") && before.beyond.length > 0) return []
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

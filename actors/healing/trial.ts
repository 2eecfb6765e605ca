/**
 * Code on trial: a plugin with other texts is loaded in a sealed place of its own, and calls are played in it. One place is
 * kept for one trial after another, because most code on trial is harmless and a new place costs a tenth of a second.
 */
import * as Effect from "effect/Effect"
import type { Sources } from "../../healing/code.ts"
import type { Play } from "../../healing/tape.ts"
import type { Outcome, Report, Trial, TrialManifest } from "../../healing/trial.ts"
import { failureOf } from "../hosts/failure.ts"
import type { Manifest } from "../hosts/frames.ts"
import { HostFault, type Hosts, type PluginSource, type TrialPlace } from "../hosts/host.ts"
import { playIn } from "./trial/play.ts"

export interface TrialSubject {
  readonly hosts: Pick<Hosts, "trial">
  /** Its `sources` are not looked at: each trial brings its own. */
  readonly source: Extract<PluginSource, { readonly module: string }>
}

/** Milliseconds for one play. */
const patienceByDefault = 1000
/** Milliseconds after which a place that nobody needs is let go. */
const keptFor = 3000

export interface ClosableTrial extends Trial {
  /** Ends the place that is kept; resolves when it is gone. */
  readonly close: () => Promise<void>
}

/** Its places end with all others of the runtime at the latest. */
export const makeTrial = ({ hosts, source }: TrialSubject): ClosableTrial => {
  const shelf = keeper()
  return {
    close: async () => shelf.take()?.close(),
    play: (sources, plays, { patience = patienceByDefault, fresh = false } = {}) =>
      Effect.promise(async (signal) => {
        const session: Session = {
          open: () => hosts.trial(source),
          sources,
          patience,
          startedAt: plays[0]?.world.taskStartedAt ?? 0,
          signal,
          place: fresh ? undefined : shelf.take(),
          isUsed: !fresh
        }
        const report = await run(session, plays)
        if (session.place !== undefined) await (fresh ? session.place.close() : shelf.keep(session.place))
        return report
      })
  }
}

interface Keeper {
  readonly take: () => TrialPlace | undefined
  readonly keep: (place: TrialPlace) => void
}

/** Keeps one place for a while; it does not keep the process alive. */
const keeper = (): Keeper => {
  let kept: TrialPlace | undefined
  let timer: NodeJS.Timeout | undefined
  const forget = (place: TrialPlace): void => {
    if (kept !== place) return
    kept = undefined
    clearTimeout(timer)
  }
  return {
    take: () => {
      const place = kept
      if (place !== undefined) forget(place)
      place?.hold(true)
      return place
    },
    keep: (place) => {
      if (kept !== undefined || place.isWorn()) return void place.close()
      kept = place
      place.hold(false)
      void place.ended.then(() => forget(place))
      timer = setTimeout(() => void place.close(), keptFor).unref()
    }
  }
}

interface Session {
  readonly open: () => Promise<TrialPlace>
  readonly sources: Sources
  readonly patience: number
  /** When its first play began, milliseconds since the Unix epoch: the clock by which the code is loaded. */
  readonly startedAt: number
  /** Ends it. */
  readonly signal: AbortSignal
  /** Where the code is loaded, or will be. */
  place: TrialPlace | undefined
  /** Other code was tried there before, and what that left behind may end the place. */
  isUsed: boolean
}

const run = async (session: Session, plays: ReadonlyArray<Play>): Promise<Report> => {
  const outcomes: Array<Outcome> = []
  const first = await load(session)
  if ("failure" in first) return { loaded: false, failure: first.failure }
  for (const play of plays) {
    const outcome = await playOnce(session, play)
    if ("loaded" in outcome) return outcome
    outcomes.push(outcome)
  }
  return { loaded: true, manifest: first.manifest, outcomes }
}

type Loaded = { readonly manifest: TrialManifest } | Extract<Report, { readonly loaded: false }>

/** In the place that there is, else in a new one; what fails where other code was before fails again in a new one. */
const load = async (session: Session): Promise<Loaded> => {
  for (;;) {
    const place = (session.place ??= await begin(session))
    try {
      return { manifest: trialManifest(await place.load(session.sources, session.startedAt)) }
    } catch (thrown) {
      const isOver = thrown instanceof HostFault
      if (isOver) session.place = undefined
      if (!isOver || !session.isUsed || session.signal.aborted) return { loaded: false, failure: failureOf(thrown) }
    }
  }
}

const begin = async (session: Session): Promise<TrialPlace> => {
  session.isUsed = false
  const place = await session.open()
  const end = () => void place.close()
  session.signal.addEventListener("abort", end, { once: true })
  void place.ended.then(() => session.signal.removeEventListener("abort", end))
  if (session.signal.aborted) end()
  return place
}

/** A place that ended is not used again; where other code was before, its end may have been due to that. */
const playOnce = async (
  session: Session,
  play: Play
): Promise<Outcome | Extract<Report, { readonly loaded: false }>> => {
  for (;;) {
    const wasUsed = session.isUsed
    if (session.place === undefined) {
      const loaded = await load(session)
      if ("failure" in loaded) return loaded
    }
    const { place, patience } = session
    if (place === undefined) continue
    const outcome = await playIn(place, play, patience)
    if (outcome.type !== "ended") return outcome
    session.place = undefined
    if (!wasUsed || outcome.failure.kind === "hung" || session.signal.aborted) return outcome
  }
}

const trialManifest = ({ name, tools, hooks }: Manifest): TrialManifest => ({
  name,
  hooks,
  tools: tools.map(({ name: tool, description, risk, parameters, idempotent, examples }) => ({
    name: tool,
    description,
    risk,
    parameters,
    idempotent,
    ...(examples === undefined ? {} : { examples })
  }))
})

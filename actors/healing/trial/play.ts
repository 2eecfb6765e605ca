/** One call played in a place: what came of it, and what it did to its world. */
import type { Play } from "../../../healing/tape.ts"
import type { Outcome } from "../../../healing/trial.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"
import type { ToolContext } from "../../../plugins/tool.ts"
import { failureOf } from "../../hosts/failure.ts"
import { HostFault, type TrialPlace } from "../../hosts/host.ts"
import { play as open, type Played } from "../world.ts"

/** @param patience Milliseconds. */
export const playIn = async (place: TrialPlace, play: Play, patience: number): Promise<Outcome> => {
  const played = open(play.world)
  const timer = setTimeout(() => place.giveUp(patience), patience)
  try {
    return await outcomeOf(place, play, played)
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (thrown instanceof HostFault) return { type: "ended", failure }
    return { type: "threw", failure, effects: played.effects(), beyond: played.beyond() }
  } finally {
    clearTimeout(timer)
  }
}

const outcomeOf = async (place: TrialPlace, { tool, input, world }: Play, played: Played): Promise<Outcome> => {
  const { cwd, taskStartedAt } = world
  const decoded = await place.decode(tool, input, taskStartedAt)
  const problems = problemsOf(decoded)
  if (problems !== undefined) return { type: "refused", problems }
  const { signal } = new AbortController()
  const context: ToolContext = {
    signal,
    progress: ignore,
    log: ignore,
    cwd,
    taskStartedAt,
    ...absentPorts,
    ...played.ports
  }
  const answer = answerOf(await place.execute(tool, input, context))
  if (answer === undefined) throw new TypeError(`tool ${JSON.stringify(tool)}: execute must return { success, … }`)
  return { type: "answered", answer, effects: played.effects(), beyond: played.beyond() }
}

const ignore = () => {}

const problemsOf = (decoded: unknown): string | undefined =>
  typeof decoded === "object" && decoded !== null && "problems" in decoded ? String(decoded.problems) : undefined

/** What came back is from outside, like everything that leaves a place. */
const answerOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && "success" in value && typeof value.success === "boolean"
    ? { ...value }
    : undefined

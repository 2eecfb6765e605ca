/** The tools' own examples, tried when the plugin's code is new: a fault that gives wrong answers is heard of before a call meets it. */
import * as Effect from "effect/Effect"
import type { Failure } from "../../healing/failure.ts"
import { flawOf, playsOf } from "../../healing/gate/examples.ts"
import type { TapedCall } from "../../healing/tape.ts"
import type { Outcome, TrialTool } from "../../healing/trial.ts"
import type { Broken } from "./healer.ts"
import { toolsOf } from "./strategies.ts"
import { trialFor } from "./trials.ts"
import type { Ward } from "./ward.ts"

type BrokenCall = Extract<Broken, { readonly type: "call" }>

/** @returns for each tool with an example that does not hold, the first of them as a failure of it. */
export const checkExamples = (ward: Ward): Effect.Effect<ReadonlyArray<BrokenCall>> =>
  Effect.gen(function* () {
    const tools = toolsOf(ward).filter(({ examples = [] }) => examples.length > 0)
    if (tools.length === 0) return []
    const { sources } = yield* ward.overlay
    const world = { cwd: ward.desk.cwd, taskStartedAt: Date.now() }
    const plays = tools.map((tool) => playsOf(tool, world))
    const report = yield* trialFor(ward).play(sources, plays.flat())
    if (!report.loaded) return []
    let at = 0
    return tools.flatMap((tool, n) => {
      const outcomes = report.outcomes.slice(at, (at += plays[n]?.length ?? 0))
      return firstFlaw(tool, outcomes, plays[n] ?? [])
    })
  })

const firstFlaw = (
  tool: TrialTool,
  outcomes: ReadonlyArray<Outcome>,
  plays: ReturnType<typeof playsOf>
): ReadonlyArray<BrokenCall> => {
  const { examples = [] } = tool
  for (const [n, example] of examples.entries()) {
    const [outcome, play] = [outcomes[n], plays[n]]
    const flaw = outcome === undefined ? undefined : flawOf(example, outcome)
    if (flaw === undefined || outcome === undefined || play === undefined) continue
    const call: TapedCall = { tool: tool.name, input: play.input, world: play.world, isPartial: false }
    return [{ type: "call", tool: tool.name, failure: failureOf(tool.name, n, flaw, outcome), call }]
  }
  return []
}

const failureOf = (tool: string, n: number, flaw: string, outcome: Outcome): Failure => {
  if (outcome.type === "threw") return outcome.failure
  return {
    kind: "broken_example",
    errorClass: "execution_error",
    name: "",
    said: flaw,
    property: String(n),
    message: `example ${n + 1} of ${tool} does not hold: ${flaw}`,
    frames: []
  }
}

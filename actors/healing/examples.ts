/** The tools' own examples, tried when the plugin's code is new: a fault that gives wrong answers is heard of before a call meets it. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { Sources } from "../../healing/code.ts"
import type { Failure } from "../../healing/failure.ts"
import { flawOf, playsOf } from "../../healing/gate/examples.ts"
import type { TapedCall } from "../../healing/tape.ts"
import type { Outcome, TrialTool } from "../../healing/trial.ts"
import { codeOf } from "./code.ts"
import type { Broken } from "./healer.ts"
import { toolsOf } from "./strategies.ts"
import { trialFor } from "./trials.ts"
import type { Ward } from "./ward.ts"

type BrokenCall = Extract<Broken, { readonly type: "call" }>

/** @returns for each tool with an example that does not hold, the first of them as a failure of it. */
export const checkExamples = (ward: Ward): Effect.Effect<ReadonlyArray<BrokenCall>> =>
  Effect.gen(function* () {
    const tools = toolsOf(ward).filter(({ examples = [] }) => examples.length > 0)
    const { sources } = yield* ward.overlay
    const remembered = memoryOf(ward, sources)
    if (tools.length === 0 || existsSync(remembered)) return []
    const world = { cwd: ward.desk.cwd, taskStartedAt: Date.now() }
    const plays = tools.map((tool) => playsOf(tool, world))
    const report = yield* trialFor(ward).play(sources, plays.flat())
    if (!report.loaded) return []
    let at = 0
    const flaws = tools.flatMap((tool, n) => {
      const outcomes = report.outcomes.slice(at, (at += plays[n]?.length ?? 0))
      return firstFlaw(tool, outcomes, plays[n] ?? [])
    })
    if (flaws.length === 0 && ward.desk.home.isKept) remember(remembered)
    return flaws
  })

/** An empty file that says of a code that its examples held: they need not be tried at every start. */
const memoryOf = ({ desk, module }: Ward, sources: Sources): string => {
  const code = codeOf({ module, sources })
  const hash = createHash("sha256")
  for (const path of code.files()) hash.update(`${path}\0${code.read(path)}\0`)
  return join(desk.home.folder, "examined", hash.digest("hex"))
}

const remember = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, "")
}

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

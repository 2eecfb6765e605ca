/** After a crash that is certain: the plugin's healer is asked, and what it mended is tried where that does no harm. */
import * as Effect from "effect/Effect"
import type { Crash, ToolEvent } from "../../machines/tool.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Broken, Mended } from "../healing/healer.ts"
import { contained } from "./attempt.ts"
import type { LaneParts, Ran, Work } from "./order.ts"

/** @param again Runs the call once more. */
export const heal = (
  work: Work,
  { failure, answer }: Crash,
  { known, healer }: LaneParts,
  again: Effect.Effect<Ran>
): Effect.Effect<ToolEvent> =>
  Effect.gen(function* () {
    const { tape } = work
    if (healer === undefined || failure === undefined || tape === undefined) return { type: "tool.lost" }
    const broken: Broken = { type: "call", tool: known.name, failure, call: tape.call() }
    const mended = yield* healer.mend(broken, tape.version, yield* work.time.left)
    if (mended.type === "lost" || mended.type === "pending") return { type: "tool.lost", answer: told(answer, mended) }
    if (!known.idempotent) return { type: "tool.healed", answer: advised(answer, mended) }
    const ran = yield* again
    if (ran.type === "tool.answered") return { type: "tool.healed", answer: ran.answer }
    if (mended.type === "held") yield* healer.refute(mended.seam, ran.failure?.said ?? ran.answer.error ?? "it failed")
    return { type: "tool.lost", answer: ran.answer }
  })

const told = (answer: Answer, mended: Extract<Mended, { type: "lost" | "pending" }>): Answer => {
  const { error = "it failed" } = answer
  if (mended.type === "pending")
    return {
      ...answer,
      error: `${error}\nA repair is being worked on; what comes of it will be shown. Go on meanwhile.`
    }
  const { seam, reason, isProposed } = mended
  const said = isProposed
    ? `A repair was found that only the user may accept: kintsugi heal show ${seam}`
    : `It could not be mended: ${reason}`
  return { ...answer, error: `${error}\n${said}`, ...(seam === undefined ? {} : { seam }) }
}

/** What the call had done before it broke is not known, so it is not repeated by itself. */
const advised = (answer: Answer, mended: Extract<Mended, { type: "held" | "changed" }>): Answer => ({
  ...contained(
    `${answer.error ?? "it failed"}\nThe tool has been mended since${mended.type === "held" ? ` (${mended.summary})` : ""}; a retry is advised, once you have looked at what the failed call had done.`
  ),
  ...(answer.errorClass === undefined ? {} : { errorClass: answer.errorClass }),
  ...(mended.type === "held" ? { seam: mended.seam } : {})
})

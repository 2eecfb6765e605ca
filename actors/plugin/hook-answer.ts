/** An answer as a plugin's `afterToolExecute` left it: what it may change is taken, what it may not stays as it was. */
import { flawOf, lossesOf } from "../../plugins/outcome.ts"
import type { Answer } from "../../plugins/tool.ts"
import { readAnswer } from "../hosts/read-answer.ts"

/**
 * What is said of repairs (`outcome`, `degraded`, `seam`), of permissions (`needs`), of files (`sent`) and by others (`advice`) stays. A
 * failure may be turned into a success only for everybody to see.
 *
 * @throws TypeError saying what is wrong with it.
 */
export const changedAnswer = (plugin: string, before: Answer, given: unknown): Answer => {
  const read = readAnswer("afterToolExecute", JSON.parse(JSON.stringify(given)))
  const { success, data, error, errorClass, summary, diff, images } = read
  const { needs, sent, outcome, degraded, seam, advice } = before
  // What is spread from a failure keeps its words; they say nothing of a success.
  const failure = success ? (before.success ? { error } : {}) : { error, errorClass, needs }
  const said = { data, summary, diff, images, ...failure }
  const after = { success, ...said, sent, outcome, degraded, seam, advice, ...pardoned(plugin, before, success) }
  const answer = Object.fromEntries(
    Object.entries(after).filter(([, value]) => value !== undefined)
  ) as object as Answer
  const flaw = flawOf(answer)
  if (flaw === undefined) return answer
  throw new TypeError(`afterToolExecute gives an answer that contradicts itself: ${flaw}`)
}

const pardoned = (plugin: string, before: Answer, success: boolean): Partial<Answer> => {
  if (before.success || !success) return {}
  if (before.outcome === "contained" || before.outcome === "false_heal")
    throw new TypeError("afterToolExecute may not call a call that broke a success")
  const had = before.error ?? before.summary ?? "no reason was given"
  return {
    outcome: "degraded",
    degraded: [...lossesOf(before), `plugin ${plugin} calls it a success; the tool had failed: ${had}`]
  }
}

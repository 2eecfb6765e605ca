/** What the agent of a step is told, and how it says that the step cannot be done. */
import type { Step } from "./plan.ts"

/** Characters of one earlier result that are handed on. */
const longestResult = 8000

/** @param results Of the steps that it depends on, by id. */
export const promptOf = (goal: string, step: Step, results: ReadonlyMap<string, string>): string => {
  const { id, title, detail, files = [], check } = step
  const earlier = [...results].map(([from, text]) => `## Result of step ${from}\n\n${cut(text)}`)
  return [
    "You do one step of a plan. Other agents do its other steps, some of them now and in the same folder: keep to your step.",
    `Goal of the whole plan: ${goal}`,
    `Your step (${id}): ${title}`,
    detail ?? "",
    files.length === 0 ? "" : `Files that it makes or changes: ${files.join(", ")}`,
    check === undefined
      ? ""
      : `It is done when this command ends with exit code 0; run it, and mend what it finds: ${check}`,
    ...earlier,
    "Answer with what later steps must know: what you did or found, and which files changed. " +
      "If the step cannot be done, begin your answer with FAILED: and say why."
  ]
    .filter((part) => part !== "")
    .join("\n\n")
}

/** @returns why, when an answer says that its step could not be done. */
export const failureIn = (answer: string): string | undefined =>
  /^[\s*_#`]*FAILED\b[:\s*_`]*([^]*)$/.exec(answer)?.[1]?.trim()

const cut = (text: string): string =>
  text.length > longestResult ? `${text.slice(0, longestResult)}\n[cut: it has ${text.length} characters]` : text

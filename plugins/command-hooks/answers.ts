/** What models read of what hooks say. */
import type { HookProblem } from "../command-hooks.ts"
import type { Answer } from "../tool.ts"
import { nameOf, type Said } from "./ask-hooks.ts"
import { isFields } from "./fields.ts"
import { whereOf } from "./lines.ts"
import { cut } from "./verdict.ts"

/** What the model is to know because of it; none: nothing. */
export const contextOf = ({ hook, verdict: { context } }: Said): ReadonlyArray<string> =>
  context === undefined ? [] : [`[${nameOf(hook)}]\n${context}`]

export const denied = ({ hook, verdict: { deny, stop, failure } }: Said): string => {
  if (stop !== undefined) return `${stop} (${nameOf(hook)} has stopped this turn)`
  if (failure === undefined) return `${deny} (${nameOf(hook)})`
  return `${failure}. A guard that fails denies: tell the user, who can mend it or take it out of its file (${nameOf(hook)})`
}

export const refusalOf = ({ source, reason }: HookProblem): string =>
  `a hook that may guard this cannot be asked: ${whereOf(source)}: ${cut(reason, 600)}. Until the user mends it or takes it out, and says /hooks reload, it is refused.`

/** @param notes What was to be said of the call before it ran. @returns `undefined`: nothing changes. */
export const answeredWith = (
  tool: string,
  answer: Answer,
  said: ReadonlyArray<Said>,
  notes: ReadonlyArray<string>
): Answer | undefined => {
  const output = said.findLast(
    ({ verdict }) => verdict.output !== undefined && (!verdict.output.mcpOnly || tool.startsWith("mcp_"))
  )?.verdict.output
  const words = [...notes, ...said.flatMap(wordsOf)]
  if (output === undefined && words.length === 0) return undefined
  const changed = output === undefined ? answer : { ...answer, data: output.value }
  return words.length === 0 ? changed : { ...changed, data: withWords(changed.data, words.join("\n\n")) }
}

const wordsOf = (one: Said): ReadonlyArray<string> => {
  const { blame, stop } = one.verdict
  return [
    ...(blame === undefined ? [] : [`[${nameOf(one.hook)}]\n${blame}`]),
    ...contextOf(one),
    ...(stop === undefined
      ? []
      : [`[${nameOf(one.hook)}]\nIt has stopped this turn: ${stop} Call no more tools, and end it.`])
  ]
}

/** Data keeps its shape for whoever reads it by name. */
const withWords = (data: unknown, words: string): unknown => {
  if (data === undefined || data === "") return words
  if (typeof data === "string") return `${data}\n\n${words}`
  return isFields(data) ? { ...data, hooks: words } : { result: data, hooks: words }
}

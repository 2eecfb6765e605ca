/** A tool's call as editors show it: what it is called, what kind it is, where it works, what came of it. */
import { resolve } from "node:path"
import type { ToolCallContent, ToolCallLocation, ToolCallUpdate, ToolKind } from "@agentclientprotocol/sdk"
import type { ToolCall } from "../../llm/message.ts"
import { toolMessage } from "../../machines/transcript.ts"
import { labelOf, lossesOf, succeeded } from "../../plugins/outcome.ts"
import type { Answer, Preview, Risk } from "../../plugins/tool.ts"
import { headline } from "../cli/progress.ts"
import { oneLine, printable } from "../cli/printable.ts"
import { changeIn } from "./diffs.ts"

const kinds: Readonly<Record<string, ToolKind>> = {
  read_file: "read",
  write_file: "edit",
  edit_file: "edit",
  execute_bash: "execute",
  list_files: "search",
  glob: "search",
  grep: "search",
  grep_search: "search",
  grep_count: "search",
  search_skills: "search",
  assess_complexity: "think",
  plan_task: "think",
  view_plan: "think",
  execute_plan: "think",
  compare_solutions: "think",
  reflect_and_revise: "think",
  task: "think",
  task_done: "think"
}

const riskKinds: Readonly<Record<Risk, ToolKind>> = {
  read: "read",
  write: "edit",
  execute: "execute",
  network: "fetch"
}

/** @param risk Known of what is asked about. */
export const kindOf = (tool: string, risk?: Risk): ToolKind =>
  (Object.hasOwn(kinds, tool) ? kinds[tool] : undefined) ?? (risk === undefined ? "other" : riskKinds[risk])

/** Characters of a title. */
const longestTitle = 200

export const titleOf = ({ name, input }: Pick<ToolCall, "name" | "input">): string =>
  oneLine(printable(headline({ name, input })), longestTitle) || "a tool"

/** Files that the call names itself. @param cwd Absolute. */
export const locationsOf = ({ input }: Pick<ToolCall, "input">, cwd: string): Array<ToolCallLocation> => {
  if (typeof input !== "object" || input === null) return []
  const { path, file_path: other, offset } = input as Readonly<Record<string, unknown>>
  const named = typeof path === "string" ? path : other
  if (typeof named !== "string" || named === "" || named.startsWith("~") || named.includes("\0")) return []
  return [
    { path: resolve(cwd, named), ...(Number.isInteger(offset) && Number(offset) > 0 && { line: Number(offset) }) }
  ]
}

/** What a call is about to do. */
export const previewOf = (
  { paths = [], diff, command, url, summary }: Preview,
  cwd: string
): { content?: Array<ToolCallContent>; locations?: Array<ToolCallLocation> } => {
  const change = changeIn(diff, cwd)
  const words = [summary, url, command === undefined ? undefined : fenced(command)].filter((one) => one !== undefined)
  const content = [...change.content, ...words.map(textContent)]
  const locations = change.locations.length > 0 ? change.locations : paths.map((path) => ({ path: resolve(cwd, path) }))
  return {
    ...(content.length > 0 && { content }),
    ...(locations.length > 0 && { locations: [...locations] })
  }
}

/** Characters of a text that are shown of one answer; the model reads more. */
const longestAnswer = 20_000

/** What came of it. */
export const outcomeOf = (call: ToolCall, answer: Answer, cwd: string): Omit<ToolCallUpdate, "toolCallId"> => {
  const { content: changes, locations } = changeIn(answer.diff, cwd)
  const isTold = changes.length > 0 && succeeded(answer) && lossesOf(answer).length === 0
  const told = isTold ? [] : toolMessage(call, answer).content.map(shown)
  const label = labelOf(answer)
  return {
    status: succeeded(answer) ? "completed" : "failed",
    content: [...changes, ...told],
    ...(locations.length > 0 && { locations: [...locations] }),
    ...(answer.data !== undefined && typeof answer.data !== "string" && { rawOutput: answer.data }),
    _meta: {
      kintsugi: {
        ...(answer.summary !== undefined && { summary: answer.summary }),
        ...(answer.errorClass !== undefined && { errorClass: answer.errorClass }),
        ...(label !== undefined && { outcome: answer.outcome, degraded: lossesOf(answer), seam: answer.seam })
      }
    }
  }
}

const shown = (block: ReturnType<typeof toolMessage>["content"][number]): ToolCallContent =>
  block.type === "text"
    ? textContent(shortened(block.text))
    : { type: "content", content: { type: "image", data: block.data, mimeType: block.mime } }

const shortened = (text: string): string =>
  text.length <= longestAnswer
    ? text
    : `${text.slice(0, longestAnswer)}\n[… ${text.length - longestAnswer} characters more]`

export const textContent = (text: string): ToolCallContent => ({ type: "content", content: { type: "text", text } })

/** As code, whatever stands in it. */
export const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

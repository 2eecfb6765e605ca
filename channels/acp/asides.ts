/** What happens beside the conversation, in words for people: what broke and was mended, what runs in the background, what is waited for. */
import type { AgentNotice } from "../../machines/events.ts"
import { newsLine } from "../cli/answer-lines.ts"
import { oneLine, printable } from "../cli/printable.ts"
import { seamLines } from "../cli/seam-lines.ts"
import { continuedWords } from "../shown-words.ts"

export interface Aside {
  readonly severity: "info" | "warning" | "error"
  /** One line. */
  readonly title: string
  readonly description?: string
  /** The same for programs. */
  readonly data: AgentNotice
}

/** @returns `undefined` for what is shown otherwise, or not at all. */
export const asideOf = (notice: AgentNotice): Aside | undefined => {
  switch (notice.type) {
    case "agent.plugin":
      return { severity: notice.state === "healthy" ? "info" : "warning", title: newsLine(notice), data: notice }
    case "agent.healed": {
      const [title = "", ...more] = seamLines(notice).map(printable)
      const severity = notice.state === "contained" || notice.status === "rolled_back" ? "warning" : "info"
      return { severity, title, ...(more.length > 0 && { description: more.join("\n") }), data: notice }
    }
    case "agent.background": {
      const { id, description, state, result } = notice
      const name = words(description === "" ? id : description, 100)
      const title =
        state === "running" ? `background agent ${name} has started` : `background agent ${name} is over: ${state}`
      const text = result === undefined ? "" : printable(result.text).slice(0, 2000)
      const severity = state === "running" || state === "replied" ? "info" : "warning"
      return { severity, title, ...(text !== "" && { description: text }), data: notice }
    }
    case "agent.retrying": {
      const { reason, delay } = notice
      const next = delay === 0 ? "trying again" : `trying again in ${(delay / 1000).toFixed(1)} s`
      return { severity: "warning", title: `${words(reason, 300)}; ${next}`, data: notice }
    }
    case "agent.stalled": {
      const doing = notice.doing === "" ? "" : ` (${words(notice.doing, 100)})`
      return { severity: "warning", title: `no sign of life for ${notice.seconds} s${doing}`, data: notice }
    }
    case "agent.warned":
      return { severity: "warning", title: words(notice.failure.message, 1000), data: notice }
    case "agent.continued":
      return { severity: "info", title: printable(continuedWords(notice)), data: notice }
    case "agent.resumed":
      return { severity: "info", title: "the turn that was cut off goes on", data: notice }
    case "agent.compacting":
      return { severity: "info", title: "compacting the conversation", data: notice }
    case "agent.compacted":
      return { severity: "info", title: "the conversation was replaced by a summary", data: notice }
    case "agent.changed":
      return notice.cleared === undefined
        ? undefined
        : { severity: "info", title: "the model forgets what was said before", data: notice }
    default:
      return undefined
  }
}

const words = (text: string, limit: number): string => oneLine(printable(text), limit)

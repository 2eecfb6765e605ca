/** What is read out to those who do not see the chat, and what the tab's title says. */
import { textOf } from "../../../../llm/message.ts"
import type { AgentNotice } from "../../../../machines/events.ts"
import type { OutFrame } from "../../../wire/frames.ts"
import { type Chat, isBusy } from "./model.ts"

/** Characters of a reply; who wants more goes there. */
const longest = 300

/** @returns `undefined` for what is not worth an interruption. */
export const announcement = (notice: AgentNotice): string | undefined => {
  switch (notice.type) {
    case "agent.said": {
      const text = textOf(notice.message).replace(/\s+/g, " ").trim()
      return text === "" ? undefined : `Agent: ${short(text)}`
    }
    case "agent.asked":
      return notice.inquiry === undefined
        ? `The agent asks: allow ${notice.tool}?`
        : `${notice.inquiry.from} asks: ${short(notice.inquiry.message)}`
    case "agent.failed":
      return `The turn failed: ${notice.failure.message}`
    case "agent.cancelled":
      return "Stopped."
    case "agent.replied":
      return "Done."
    case "agent.healed":
      return `Mend: ${notice.summary}`
    case "agent.stalled":
      return `No sign of life for ${notice.seconds} seconds.`
    default:
      return undefined
  }
}

/** What a command of a plugin came to. */
export const ranWords = ({ name, show = "" }: Extract<OutFrame, { type: "command_result" }>): string => {
  const text = show.replace(/\s+/g, " ").trim()
  return `/${name}: ${text === "" ? "done" : short(text)}`
}

const short = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

export const titleOf = (chat: Chat): string => {
  const name = chat.facts?.title || "Kintsugi"
  if (chat.questions.length > 0) return `? ${name}`
  return isBusy(chat) ? `… ${name}` : name
}

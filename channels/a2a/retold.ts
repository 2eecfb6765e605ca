/** What a session tells, as news of a task. Pure but for the ids of files. */
import type { AgentNotice } from "../../machines/events.ts"
import { sentIn } from "../../actors/session-files.ts"
import { isFromBackground } from "../../machines/background.ts"
import type { News } from "./news.ts"
import { askedOf } from "./questions.ts"

/** @returns nothing for what callers need not know. */
export const newsOf = (notice: AgentNotice): ReadonlyArray<News> => {
  switch (notice.type) {
    case "agent.started":
    case "agent.resumed":
      return [{ type: "started", messages: notice.messages }]
    case "agent.queued":
      return [{ type: "joined", message: notice.id }]
    case "agent.text":
      return [{ type: "piece", text: notice.delta }]
    case "agent.retrying":
      return [{ type: "void" }]
    case "agent.said": {
      const { content } = notice.message
      const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")
      const isOnTheWay = content.some((block) => block.type === "call")
      return isOnTheWay && text.trim() !== "" ? [{ type: "narrated", text }] : []
    }
    case "agent.acting":
      return [{ type: "doing", text: `Uses ${notice.call.name}.` }]
    case "agent.compacting":
      return [{ type: "doing", text: "Shortens the conversation." }]
    case "agent.asked":
      return [{ type: "asked", question: askedOf(notice) }]
    case "agent.answered":
      return [{ type: "answered", id: notice.id }]
    case "agent.settled":
      return [...fileOf(notice), { type: "settled", call: notice.call.id }]
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return [endOf(notice)]
    default:
      return []
  }
}

/** The part is filled when somebody takes it. */
const fileOf = ({ answer }: Extract<AgentNotice, { type: "agent.settled" }>): ReadonlyArray<News> => {
  const file = sentIn(answer)
  if (file === undefined) return []
  const { id, name, mime, size } = file
  const part = { content: undefined, filename: name, mediaType: mime, metadata: { size } }
  return [
    {
      type: "made",
      artifact: { artifactId: id, name, description: "", parts: [part], metadata: undefined, extensions: [] }
    }
  ]
}

const endOf = (notice: Extract<AgentNotice, { messages: ReadonlyArray<string>; spent: object }>): News => {
  const messages = notice.messages.filter((id) => !isFromBackground({ id }))
  switch (notice.type) {
    case "agent.replied":
      return { type: "ended", messages, end: { state: "completed", text: notice.text } }
    case "agent.failed":
      return { type: "ended", messages, end: { state: "failed", text: notice.failure.message } }
    case "agent.cancelled":
      return { type: "ended", messages, end: { state: "canceled", text: "" } }
  }
}

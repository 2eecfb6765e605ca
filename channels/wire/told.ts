/** What is told beside an event: how the agent is, and the one response to each message. Pure. */
import { isTerminal } from "../../actors/session/said.ts"
import type { Numbered } from "../../actors/feed.ts"
import { isFromBackground } from "../../machines/background.ts"
import type { AgentNotice, Question, TerminalNotice } from "../../machines/events.ts"
import type { OutFrame } from "./frames.ts"

type Status = Extract<OutFrame, { type: "status" }>["status"]
type Response = Extract<OutFrame, { type: "response" }>

/** What one reader was told last. */
export interface Standing {
  readonly status?: Status
  /** Calls of the newest reply that are not settled; absent: its beginning was not seen. */
  readonly open?: ReadonlySet<string>
}

export const after = ({ status, open }: Standing, notice: AgentNotice): Standing => {
  switch (notice.type) {
    case "agent.started":
    case "agent.resumed":
    case "agent.text":
    case "agent.thinking":
    case "agent.calling":
    case "agent.retrying":
    case "agent.continued":
      return { status: "thinking" }
    case "agent.said": {
      const calls = notice.message.content.flatMap((block) => (block.type === "call" ? [block.id] : []))
      return { status, open: new Set(calls) }
    }
    case "agent.acting":
      return { status: "acting", open }
    case "agent.settled": {
      const left = new Set(open)
      left.delete(notice.call.id)
      return { status: left.size === 0 ? "thinking" : status, open: left }
    }
    default:
      return isTerminal(notice) ? { status: "done" } : { status, open }
  }
}

/** One for each message of the user's that the turn served. */
export const responsesTo = (end: Numbered, session_id: string): ReadonlyArray<Response> => {
  const { seq, notice } = end
  if (!isTerminal(notice)) return []
  return notice.messages
    .filter((id) => !isFromBackground({ id }))
    .map((message_id) => responseTo({ ...end, seq, notice }, message_id, session_id))
}

export const responseTo = (
  { seq, notice }: Numbered<TerminalNotice>,
  message_id: string,
  session_id: string
): Response => ({
  type: "response",
  content: notice.type === "agent.replied" ? notice.text : "",
  status: statuses[notice.type],
  message_id,
  session_id,
  seq,
  usage: notice.spent.usage,
  cost: notice.spent.cost ?? null,
  verified: notice.type === "agent.replied" && notice.verified,
  ...(notice.type === "agent.failed" && { error: notice.failure })
})

const statuses = { "agent.replied": "done", "agent.failed": "failed", "agent.cancelled": "cancelled" } as const

/** The question as clients are asked it. */
export const asked = ({ id, tool, input, risk, rule, preview, inquiry, agent }: Question) => ({
  id,
  tool,
  input,
  risk,
  rule,
  preview,
  ...(inquiry !== undefined && { inquiry }),
  ...(agent !== undefined && { agent })
})

/** Streamed: what they belong to follows whole, so that a reader who is far behind may miss them. */
export const isStreamed = ({ type }: AgentNotice): boolean => streamed.has(type)

const streamed: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.text",
  "agent.thinking",
  "agent.calling",
  "agent.progressed"
])

/** Words of the agent's that are no part of a reply. */
import { randomUUID } from "node:crypto"
import type { ClientCapabilities, SessionUpdate } from "@agentclientprotocol/sdk"

export const words = (text: string): SessionUpdate => ({
  sessionUpdate: "agent_message_chunk",
  content: { type: "text", text },
  messageId: randomUUID()
})

/** A line that the user is to know, beside the conversation. */
export const noticeOf = (text: string, { session }: ClientCapabilities): SessionUpdate =>
  session?.notices == null ? words(`[${text}]\n`) : { sessionUpdate: "notice", severity: "info", title: text }

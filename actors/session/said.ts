/** What is said to a session, and which of its notices ends a turn. */
import { randomUUID } from "node:crypto"
import type { UserMessage } from "../../llm/message.ts"
import type { AgentNotice, TerminalNotice, UserEvent } from "../../machines/events.ts"

/** Whether this notice ends a turn: `agent.replied`, `agent.failed` or `agent.cancelled`. */
export const isTerminal = (notice: AgentNotice): notice is TerminalNotice =>
  notice.type === "agent.replied" || notice.type === "agent.failed" || notice.type === "agent.cancelled"

/**
 * A text, or a text with images, as the event that says it, with a new id and the time. The id stands in `messages` of the
 * notice that ends the turn which served it.
 */
export const userMessage = (said: string | UserMessage["content"]): Extract<UserEvent, { type: "user.message" }> => ({
  type: "user.message",
  id: randomUUID(),
  content: typeof said === "string" ? [{ type: "text", text: said }] : said,
  at: Date.now()
})

/** A turn that ended otherwise than with a reply. */
export class TurnFailed extends Error {
  override readonly name = "TurnFailed"
  readonly end: Exclude<TerminalNotice, { type: "agent.replied" }>

  /** @param end The notice that ended it. */
  constructor(end: Exclude<TerminalNotice, { type: "agent.replied" }>) {
    super(end.type === "agent.failed" ? end.failure.message : "the turn was cancelled")
    this.end = end
  }
}

/**
 * The answer as a text, where only that counts.
 *
 * @param end What `session.ask` resolves to. @throws TurnFailed when the turn failed or was cancelled; its `end` says all.
 *
 * @example
 * const answer = replyOf(await session.ask("How many words has the README?"))
 */
export const replyOf = (end: TerminalNotice): string => {
  if (end.type === "agent.replied") return end.text
  throw new TurnFailed(end)
}

/** One session in this process: an agent, its notices as a stream, and the end of both. */
import { randomUUID } from "node:crypto"
import { filter, firstValueFrom, Subject } from "rxjs"
import type { ModelInfo } from "../llm/model.ts"
import type { AgentEvent, AgentNotice, TerminalNotice, UserEvent } from "../machines/events.ts"
import { type AgentActor, type AgentParts, createAgent } from "./agent.ts"
import type { Session, SessionView } from "./session-host.ts"

export interface SessionParts extends Omit<AgentParts, "onLost"> {
  readonly id: string
  readonly notices: SessionView["notices"]
  /** What is known of a model that was opened before. */
  readonly modelInfo: (id: string) => ModelInfo
  /** Lets go of what the session holds besides its agent: processes, plugins, the journal's lease. */
  readonly release: () => Promise<void>
}

export const startSession = (parts: SessionParts): Session => {
  const { id, asking, toolbox, notices, modelInfo } = parts
  const events = new Subject<AgentNotice>()
  const agent: AgentActor = createAgent({
    ...parts,
    onLost: (error) => {
      const { messages, spent } = agent.getSnapshot().context.turn
      const message = `The journal cannot be written, so nothing more is done: ${error instanceof Error ? error.message : String(error)}`
      events.next({ type: "agent.failed", failure: { code: "journal", message }, messages, spent })
      void close()
    }
  })
  agent.on("*", (notice) => events.next(notice))
  agent.start()

  let closing: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      const { value, context } = agent.getSnapshot()
      agent.stop()
      // No `user.cancel`: it would set the agent going on the messages that wait. The next opening makes the rest whole.
      if (value !== "idle") {
        const messages = [...context.turn.messages, ...context.mail.map(({ message }) => message.id)]
        events.next({ type: "agent.cancelled", messages, spent: context.turn.spent })
      }
      events.complete()
      await parts.release()
    })())

  const deliver = (event: AgentEvent) => {
    if (agent.getSnapshot().status === "active") agent.send(event)
  }

  const send = (event: UserEvent): void => {
    if (closing !== undefined) throw new Error(`session ${id} is closed`)
    if (event.type !== "user.model") return deliver(event)
    // A model that cannot be opened is refused here, not at the next round.
    asking.open(event.model).then(
      () => deliver(event),
      (error: Error) =>
        events.next({ type: "agent.warned", failure: { code: "not_configured", message: error.message } })
    )
  }

  const ask = async (text: string): Promise<TerminalNotice> => {
    const message = userMessage(text)
    const end = firstValueFrom(
      events.pipe(
        filter((notice): notice is TerminalNotice => isTerminal(notice) && notice.messages.includes(message.id))
      )
    )
    send(message)
    return end
  }

  const view = (): SessionView => {
    const { value, context } = agent.getSnapshot()
    const { model, permissions, transcript, spent, contextUsed } = context
    const state = typeof value === "string" ? value : value.acting === "asking" ? "asking" : "acting"
    const { cwd, definitions: tools } = toolbox
    const known = { id, cwd, model, modelInfo: modelInfo(model), permissions, tools, notices }
    return { ...known, state, transcript, spent, contextUsed }
  }

  return { id, events: events.asObservable(), view, send, ask, close, [Symbol.asyncDispose]: close }
}

export const isTerminal = (notice: AgentNotice): notice is TerminalNotice =>
  notice.type === "agent.replied" || notice.type === "agent.failed" || notice.type === "agent.cancelled"

/** A text as the event that says it, with an id and the time. */
export const userMessage = (text: string): Extract<UserEvent, { type: "user.message" }> => ({
  type: "user.message",
  id: randomUUID(),
  content: [{ type: "text", text }],
  at: Date.now()
})

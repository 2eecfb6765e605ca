/** Something said to a session, and the notice that ends the turn which served it. */
import { type Observable, Subscription } from "rxjs"
import type { UserMessage } from "../../llm/message.ts"
import type { AgentNotice, TerminalNotice, UserEvent } from "../../machines/events.ts"
import { nothingSpent } from "../../machines/spending.ts"
import type { AskOptions, SessionView } from "../session-host.ts"
import { isTerminal, userMessage } from "./said.ts"

export interface AskParts {
  /** Of the session. */
  readonly id: string
  readonly events: Observable<AgentNotice>
  readonly view: () => Pick<SessionView, "transcript">
  /** @throws when the session is closed. */
  readonly send: (event: UserEvent) => void
  readonly cancel: () => void
}

/** Sends it and waits. */
export const ask = (
  parts: AskParts,
  said: string | UserMessage["content"],
  { signal }: AskOptions = {}
): Promise<TerminalNotice> =>
  new Promise((resolve, reject) => {
    const { id, events, send } = parts
    const message = userMessage(said)
    if (signal?.aborted) return resolve({ type: "agent.cancelled", messages: [message.id], spent: nothingSpent })
    const { hear, stop } = stopper(parts, message.id)
    const link = new Subscription()
    const letGo = (): void => {
      link.unsubscribe()
      signal?.removeEventListener("abort", stop)
    }
    link.add(
      events.subscribe({
        next: (notice) => {
          if (isTerminal(notice) && notice.messages.includes(message.id)) {
            letGo()
            resolve(notice)
            return
          }
          hear(notice)
          if (signal?.aborted) stop()
        },
        complete: () => {
          letGo()
          reject(new Error(`session ${id} is closed, and the turn had not ended`))
        }
      })
    )
    signal?.addEventListener("abort", stop)
    try {
      send(message)
    } catch (error) {
      letGo()
      reject(error)
    }
  })

/**
 * Cancels the turn that works on a message, once, as soon as there is one: while the message waits, the turn that runs is
 * somebody else's.
 */
const stopper = ({ view, cancel }: AskParts, message: string) => {
  let isBegun = false
  let isDone = false
  const isRead = (): boolean => view().transcript.some((one) => one.role === "user" && one.id === message)
  return {
    hear: (notice: AgentNotice): void => {
      isBegun ||=
        (notice.type === "agent.started" && notice.messages.includes(message)) ||
        // It is being admitted, and its user is asked about it.
        (notice.type === "agent.asked" && notice.callId === message)
    },
    stop: (): void => {
      if (isDone || !(isBegun || isRead())) return
      isDone = true
      cancel()
    }
  }
}

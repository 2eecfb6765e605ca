/** The chat's side of its session: a channel whose far side is the store, and the change from one session to another. */
import { randomUUID } from "node:crypto"
import { Subject, type Subscription } from "rxjs"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import { attach, type Channel } from "../channel.ts"
import type { Action } from "./screen/state.ts"
import { statusOf } from "./screen/status.ts"

export interface Conversation {
  /** Id of the session, when anything was said in it. */
  readonly resumable: () => string | undefined
  readonly say: (text: string) => void
  readonly send: (event: UserEvent) => void
  /** Goes on with another session; the current one is kept when that cannot be opened. */
  readonly change: (id: string) => Promise<void>
  /** Lets go of the session and closes it. */
  readonly close: () => Promise<void>
}

/** Notices after which the status line may say something else. */
const telling: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.said",
  "agent.changed",
  "agent.compacted",
  "agent.replied",
  "agent.failed",
  "agent.cancelled"
])

export const converse = (
  first: Session,
  open: (id: string) => Promise<Session>,
  dispatch: (action: Action) => void
): Conversation => {
  const inbound = new Subject<UserEvent>()
  let session = first
  let link: Subscription

  const channel: Channel = {
    name: "terminal",
    inbound,
    outbound: {
      next: (notice) => {
        dispatch({ type: "notice", notice, now: Date.now() })
        // A notice may be sent in the middle of a step; the session's view is right after it.
        if (telling.has(notice.type))
          queueMicrotask(() => dispatch({ type: "status", status: statusOf(session.view()) }))
      }
    }
  }
  const complain = (error: unknown): void =>
    dispatch({
      type: "item",
      item: { kind: "note", tone: "bad", text: error instanceof Error ? error.message : String(error) }
    })
  const listen = (): void => {
    const { events } = session
    link = attach(channel, { events, send: guarded(() => session, complain) })
    dispatch({ type: "opened", status: statusOf(session.view()), transcript: session.view().transcript })
  }
  listen()

  const change = async (id: string): Promise<void> => {
    try {
      const next = await open(id)
      const before = session
      link.unsubscribe()
      session = next
      listen()
      await before.close()
    } catch (error) {
      complain(error)
    }
  }

  return {
    resumable: () => (session.view().transcript.length > 0 ? session.id : undefined),
    say: (text) => {
      const [id, at] = [randomUUID(), Date.now()]
      dispatch({ type: "sent", id, text, now: at })
      inbound.next({ type: "user.message", id, content: [{ type: "text", text }], at })
    },
    send: (event) => inbound.next(event),
    change,
    close: async () => {
      inbound.complete()
      await session.close()
    }
  }
}

/** What a session refuses (an unknown model, a closed session) is told to the user, not thrown at the stream. */
const guarded =
  (session: () => Session, complain: (error: unknown) => void) =>
  (event: UserEvent): void => {
    try {
      session().send(event)
    } catch (error) {
      complain(error)
    }
  }

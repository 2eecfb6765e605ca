/** The chat's side of its session: a channel whose far side is the store, and the change from one session to another. */
import { randomUUID } from "node:crypto"
import { homedir } from "node:os"
import { Subject, type Subscription } from "rxjs"
import { isTerminal } from "../../actors/session.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import { type Content, contentWith, imageLabels, mayMention } from "../attachments.ts"
import { attach, type Channel } from "../channel.ts"
import type { ChatOptions, ChatSession } from "./options.ts"
import type { Action } from "./screen/state.ts"
import { statusOf } from "./screen/status.ts"

export interface Conversation {
  readonly session: () => Session
  /** Id of the session, when anything was said in it. */
  readonly resumable: () => string | undefined
  readonly say: (text: string) => void
  readonly send: (event: UserEvent) => void
  /** Goes on with another session; the current one is kept when that cannot be opened. */
  readonly change: (id: string) => Promise<void>
  /** The conversation goes on from another point of the session. */
  readonly goTo: (to: string) => Promise<void>
  /** Lets go of the session and closes it. */
  readonly close: () => Promise<void>
}

/** Notices after which the status line may say something else. */
const telling: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.said",
  "agent.changed",
  "agent.compacted",
  "agent.background",
  "agent.replied",
  "agent.failed",
  "agent.cancelled"
])

export interface ConversationParts {
  readonly session: ChatSession
  /** Folder from which images are looked up. */
  readonly cwd: string
  readonly open: ChatOptions["open"]
  readonly dispatch: (action: Action) => void
  readonly blindness: NonNullable<ChatOptions["blindness"]>
  /** What plugins add may be something else from now on. `isTurnOver`: because a turn has ended or another session is shown. */
  readonly onExtensions: (session: Session, isTurnOver: boolean) => void
}

export const converse = ({
  session: first,
  cwd,
  open,
  dispatch,
  blindness,
  onExtensions
}: ConversationParts): Conversation => {
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
        if (isTerminal(notice)) queueMicrotask(() => onExtensions(session, true))
      }
    }
  }
  const complain = (error: unknown): void =>
    dispatch({
      type: "item",
      item: { kind: "note", tone: "bad", text: error instanceof Error ? error.message : String(error) }
    })
  const renewed = ({ moved }: { readonly moved: boolean }): void => {
    const { transcript } = session.view()
    const status = statusOf(session.view())
    dispatch(moved ? { type: "moved", status, transcript } : { type: "status", status })
  }
  const listen = (): void => {
    const { events } = session
    link = attach(channel, { events, send: guarded(() => session, complain) })
    link.add(session.extensions.changes.subscribe(() => onExtensions(session, false)))
    link.add(session.renewed?.subscribe(renewed))
    const { transcript, questions, state } = session.view()
    const isBusy = state !== "idle" && state !== "compacting"
    dispatch({ type: "opened", status: statusOf(session.view()), transcript, questions, isBusy, now: Date.now() })
    onExtensions(session, true)
  }
  listen()

  const change = async (id: string): Promise<void> => {
    try {
      const next = await open(id, session.id)
      const before = session
      link.unsubscribe()
      session = next
      listen()
      await before.close()
    } catch (error) {
      complain(error)
    }
  }

  const goTo = async (point: string): Promise<void> => {
    const to = await session.switch(point)
    dispatch({ type: "switched", to, status: statusOf(session.view()), transcript: session.view().transcript })
  }

  const deliver = (text: string, content: Content, missed: ReadonlyArray<string> = []): void => {
    const [id, at] = [randomUUID(), Date.now()]
    dispatch({ type: "sent", id, text, images: imageLabels(content), now: at })
    for (const told of [...missed, ...blindness(session.view(), content)])
      dispatch({ type: "item", item: { kind: "note", tone: "warn", text: told } })
    inbound.next({ type: "user.message", id, content, at })
  }
  /** Messages whose images are still being read, in their order; what comes meanwhile stands in line. */
  let reading: Promise<void> | undefined
  const say = (text: string): void => {
    if (reading === undefined && !mayMention(text)) return deliver(text, [{ type: "text", text }])
    const missed: Array<string> = []
    const mine = Promise.resolve(reading)
      .then(() => contentWith(text, { cwd, home: homedir() }, (told) => missed.push(told)))
      .then((content) => deliver(text, content, missed))
      .catch((error: unknown) => {
        complain(error)
        // Back into the prompt, to be put right.
        dispatch({ type: "edited", text })
      })
      .finally(() => {
        if (reading === mine) reading = undefined
      })
    reading = mine
  }

  return {
    session: () => session,
    resumable: () => (session.view().transcript.length > 0 ? session.id : undefined),
    say,
    send: (event) => inbound.next(event),
    change,
    goTo,
    close: async () => {
      await reading
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

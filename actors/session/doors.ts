/** What every session offers its user, wherever it lives, made from its notices and a way to its agent. */
import type { Observable } from "rxjs"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import type { Session } from "../session-host.ts"
import { ask } from "./ask.ts"
import { noticesOf } from "./notices.ts"
import { userMessage } from "./said.ts"

export interface DoorParts extends Pick<Session, "id" | "view"> {
  /** Completes when the session closes; does not fail. */
  readonly events: Observable<AgentNotice>
  /** @throws when the session is closed. */
  readonly deliver: (event: UserEvent) => void
  readonly isClosed: () => boolean
}

export const sessionDoors = ({
  id,
  events,
  view,
  deliver,
  isClosed
}: DoorParts): Pick<Session, "events" | "send" | "ask" | "cancel"> => {
  const cancel = (): void => {
    if (!isClosed()) deliver({ type: "user.cancel" })
  }
  return {
    events: noticesOf(events),
    send: (said) => deliver(typeof said === "string" ? userMessage(said) : said),
    ask: (said, options) => ask({ id, events, view, send: deliver, cancel }, said, options),
    cancel
  }
}

/** A channel is two streams: what people say to the agent, and what the agent says back. */
import { type Observable, type Observer, Subscription } from "rxjs"
import type { Session } from "../actors/session-host.ts"
import type { AgentNotice, UserEvent } from "../machines/events.ts"

export interface Channel {
  readonly name: string
  /** Completes when the far side leaves. Must not error: a bad message is answered there, not thrown here. */
  readonly inbound: Observable<UserEvent>
  readonly outbound: Pick<Observer<AgentNotice>, "next">
}

/** Connects a channel to a session until the returned subscription ends; it ends by itself when the far side leaves. */
export const attach = (channel: Channel, session: Pick<Session, "events" | "send">): Subscription => {
  const link = new Subscription()
  link.add(session.events.subscribe((notice) => channel.outbound.next(notice)))
  link.add(channel.inbound.subscribe({ next: (event) => session.send(event), complete: () => link.unsubscribe() }))
  return link
}

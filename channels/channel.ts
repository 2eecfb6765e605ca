/**
 * A channel is two streams: what people say to the agent, and what the agent says back.
 *
 * `attach` itself drops nothing: each notice is handed to `outbound` once, in order, when it is told. A far side that may be slow
 * is written to through `paced`, which joins and leaves out streamed pieces for it, never replies, failures, questions or ends.
 * What goes wrong in one channel ends that channel: the session, and whoever else is attached to it, do not notice.
 */
import { from, type Observable, type ObservableInput, type Observer, Subject, Subscription } from "rxjs"
import { noticesOf } from "../actors/session/notices.ts"
import type { AgentNotice, UserEvent } from "../machines/events.ts"

/** Any way to talk to a session. One object serves one far side. */
export interface Channel {
  /** For people, in what is said of its failure. */
  readonly name: string
  /**
   * What the far side says: an Observable, or anything that `for await` can read. Completes when it leaves. Should not error: a bad
   * message is answered there; an error ends the channel.
   */
  readonly inbound: ObservableInput<UserEvent>
  /** Where notices go. `complete`: the session is closed, nothing more will come. A throw ends the channel. */
  readonly outbound: Pick<Observer<AgentNotice>, "next"> & Partial<Pick<Observer<AgentNotice>, "complete">>
}

/** What a channel needs of a session. */
export interface Attachable {
  readonly events: Observable<AgentNotice>
  readonly send: (event: UserEvent) => void
}

export interface AttachOptions {
  /** The channel was ended because of this; default: nobody is told. */
  readonly onError?: (error: Error) => void
}

/**
 * Connects a channel to a session, from now on and until the returned subscription is ended. It ends by itself when the far side
 * leaves, when the session closes, and when one of the channel's streams fails. The session stays open: who opened it closes it.
 * Never throws.
 */
export const attach = (channel: Channel, session: Attachable, { onError }: AttachOptions = {}): Subscription => {
  const { name, inbound, outbound } = channel
  const link = new Subscription()
  const fail = (cause: unknown): void => {
    link.unsubscribe()
    onError?.(new Error(`channel ${name} broke: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }))
  }
  const guarded = (work: () => void): void => {
    try {
      if (!link.closed) work()
    } catch (error) {
      fail(error)
    }
  }
  link.add(
    session.events.subscribe({
      next: (notice) => guarded(() => outbound.next(notice)),
      error: fail,
      complete: () => {
        guarded(() => outbound.complete?.())
        link.unsubscribe()
      }
    })
  )
  link.add(
    from(inbound).subscribe({
      next: (event) => guarded(() => session.send(event)),
      error: fail,
      complete: () => link.unsubscribe()
    })
  )
  return link
}

/**
 * An `outbound` that writes one notice at a time, for a far side that may be slow: while a write is under way, what comes waits
 * and is joined and left out as for `for await` over `session.events`. After a write that failed, `next` throws its error, so
 * that `attach` ends the channel.
 *
 * @param write Resolves when the far side can take the next. @param end Called once, after the last, also after a failure.
 */
export const paced = (
  write: (notice: AgentNotice) => Promise<unknown> | void,
  end: () => void = () => {}
): Required<Channel["outbound"]> => {
  const told = new Subject<AgentNotice>()
  const notices = noticesOf(told)[Symbol.asyncIterator]()
  let failed: { readonly error: unknown } | undefined
  const pump = async (): Promise<void> => {
    try {
      for (let step = await notices.next(); step.done !== true; step = await notices.next()) await write(step.value)
    } catch (error) {
      failed = { error }
    }
    await notices.return?.()
    end()
  }
  void pump()
  return {
    next: (notice) => {
      if (failed !== undefined) throw failed.error
      told.next(notice)
    },
    complete: () => told.complete()
  }
}

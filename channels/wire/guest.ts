/** One client as its requests see it: who it is, which sessions it follows, and which of them is meant when none is named. */
import type { AgentNotice } from "../../machines/events.ts"
import type { OutFrame } from "./frames.ts"
import { type Following, follow } from "./following.ts"
import type { Desk } from "./parts.ts"
import { noSession, Refusal, toldOf, withoutPlaces } from "./refusal.ts"
import type { Seat } from "./seat.ts"
import type { Seats } from "./seats.ts"
import { sessionFrame } from "./session-frame.ts"
import type { Watch, Watcher } from "./watch.ts"
import { isOperator, type User, type Wire } from "./wire.ts"

export interface Guest {
  readonly user: User
  readonly send: (frame: OutFrame) => void
  /** The one that is named, else the current one. @throws Refusal when there is none. */
  readonly seatOf: (frame: { readonly session_id?: string }) => Seat
  /** Is meant from now on when none is named. Absent: none is. */
  readonly turnTo: (seat: Seat | undefined) => void
  readonly current: () => Seat | undefined
  /**
   * Its events come from now on, if they do not already. @param from After this number; absent: what is told from now on.
   * @throws Refusal when it follows too many.
   */
  readonly follow: (seat: Seat, from?: number) => void
  readonly leave: (seat: Seat) => void
  /** Is told of something more of a session as long as it follows it; without a watch no longer. */
  readonly attend: (seat: Seat, watch: ((isFree: () => boolean) => () => void) | undefined) => void
  /** Sends the questions that wait in it, if they were not sent. */
  readonly ask: (seat: Seat) => void
  /** Looks on at the health of all, as `look` shows it; without a watch no longer. */
  readonly watch: (watch: Watch | undefined, look?: Watcher["look"]) => void
  readonly pump: () => void
  /** Resolves when all that was told by now is sent, as far as the wire takes it. */
  readonly caughtUp: () => Promise<void>
  readonly gone: () => void
}

interface Looked {
  following?: Following
  unattend?: () => void
  readonly leave: () => void
}

export const openGuest = (desk: Desk, seats: Seats, user: User, wire: Wire): Guest => {
  const looked = new Map<Seat, Looked>()
  /** Moved since they were told. */
  const moved = new Set<Seat>()
  let unwatch = () => {}
  let isGone = false
  let current: Seat | undefined

  const drop = (seat: Seat): void => {
    const one = looked.get(seat)
    if (one === undefined) return
    looked.delete(seat)
    moved.delete(seat)
    if (current === seat) current = undefined
    one.following?.end()
    one.unattend?.()
    one.leave()
  }

  const lost = (seat: Seat): void => {
    drop(seat)
    wire.send({ type: "closed", session_id: seat.id })
  }

  const broken = (seat: Seat, error: unknown): void => {
    const { code, message, isHidden } = toldOf(error, isOperator(user))
    if (isHidden) desk.log(`reading the events of session ${seat.id}: ${String(error)}`)
    wire.send({ type: "error", code, message, session_id: seat.id })
    lost(seat)
  }

  const concealed = (seat: Seat, notice: AgentNotice): AgentNotice => {
    const shown = withoutPlaces(notice)
    if (shown !== notice && notice.type === "agent.failed") desk.log(`session ${seat.id}: ${notice.failure.message}`)
    return shown
  }

  const tellMoved = (): void => {
    for (const seat of wire.isFree() ? moved : []) {
      moved.delete(seat)
      sessionFrame(desk, seat).then(wire.send, (error: unknown) => broken(seat, error))
    }
  }

  const attach = (seat: Seat, from: number): Following | undefined => {
    const session = seat.live()
    if (session === undefined) return undefined
    return follow({
      session,
      wire,
      from,
      lag: desk.limits.lag,
      ...(!isOperator(user) && { shown: (notice) => concealed(seat, notice) }),
      onBroken: (error) => broken(seat, error)
    })
  }

  const begin = (seat: Seat, from: number | undefined): void => {
    if (isGone) return
    if (looked.size >= desk.limits.followed)
      throw new Refusal("too_many", `a connection follows at most ${desk.limits.followed} sessions; leave one first`)
    const leave = seat.look({
      opened: (session, isNew) => {
        const one = looked.get(seat)
        if (one !== undefined) one.following = attach(seat, isNew ? 0 : session.feed().last())
      },
      lost: () => lost(seat),
      moved: () => {
        moved.add(seat)
        tellMoved()
      }
    })
    looked.set(seat, { following: attach(seat, from ?? seat.live()?.feed().last() ?? 0), leave })
  }

  return {
    user,
    send: wire.send,
    seatOf: ({ session_id }) => {
      if (session_id !== undefined) return seats.of(user, session_id)
      if (current === undefined) throw noSession()
      return current
    },
    turnTo: (seat) => void (current = seat),
    current: () => current,
    follow: (seat, from) => {
      const one = looked.get(seat)
      if (one === undefined) begin(seat, from)
      else if (from !== undefined) one.following?.goTo(from)
    },
    leave: drop,
    attend: (seat, watch) => {
      const one = looked.get(seat)
      if (one === undefined) return
      one.unattend?.()
      one.unattend = watch?.(wire.isFree)
    },
    ask: (seat) => looked.get(seat)?.following?.ask(),
    watch: (watch, look) => {
      unwatch()
      unwatch = () => {}
      if (watch === undefined || look === undefined || isGone) return
      const tell: Watcher["tell"] = (health) => wire.send({ type: "health", health })
      unwatch = watch.add({ look, tell, isFree: wire.isFree })
    },
    pump: () => {
      tellMoved()
      for (const { following } of looked.values()) following?.pump()
    },
    caughtUp: async () => {
      await Promise.all([...looked.values()].map(({ following }) => following?.caughtUp()))
    },
    gone: () => {
      isGone = true
      unwatch()
      for (const seat of looked.keys()) drop(seat)
    }
  }
}

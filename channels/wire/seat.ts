/**
 * The place of one session among those who look at it: opened when it is needed, shared, closed when nobody looks and
 * nothing runs.
 */
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { Desk } from "./parts.ts"
import { stopping } from "./refusal.ts"

/** Whoever follows a session. */
export interface Looker {
  /** It is open now. @param isNew It was begun this moment, so that everything it tells is news. */
  readonly opened: (session: Session, isNew: boolean) => void
  /** It closed by itself: its journal cannot be written, or its agent is gone for good. */
  readonly lost: () => void
  /** The conversation goes on from another point, which no event tells. */
  readonly moved: () => void
}

export interface Seat {
  readonly id: string
  readonly owner: string | undefined
  /** Nothing was said in it yet, so that it stands in no journal. */
  readonly isNew: () => boolean
  /** Absent: it is not open. */
  readonly live: () => Session | undefined
  /** Opens it when it is not open. Rejects as `SessionHost.open` does, or as stopping. */
  readonly session: () => Promise<Session>
  /** Number of the newest event that the transcript holds, kept or not yet. Of one that is open. */
  readonly since: () => number
  /** @returns how to leave. */
  readonly look: (looker: Looker) => () => void
  /** It is not closed while this runs. */
  readonly using: <Result>(act: () => Promise<Result>) => Promise<Result>
  /** One after another, whoever says it: what is said twice at once is said once. */
  readonly inTurn: <Result>(act: () => Promise<Result>) => Promise<Result>
  readonly lookers: () => ReadonlySet<Looker>
  readonly isBusy: () => boolean
  /** Resolves when nothing runs in it. @param isDeaf Nor anything that does not wait for an answer of the user. */
  readonly rests: (isDeaf: boolean) => Promise<void>
  readonly close: (how: { readonly suspend: boolean }) => Promise<void>
}

export interface SeatParts {
  readonly desk: Desk
  readonly id: string
  readonly owner: string | undefined
  readonly isNew: boolean
  readonly isStopping: () => boolean
  /** It can be forgotten: nobody looks, and it is not open. */
  readonly onEmpty: () => void
}

export const openSeat = ({ desk, id, owner, isStopping, onEmpty, ...parts }: SeatParts): Seat => {
  const { runtime, clock, limits } = desk
  const lookers = new Set<Looker>()
  const resting = new Set<() => void>()
  let { isNew } = parts
  /** It was new when it was opened last. */
  let wasBegun = false
  let users = 0
  let opened: Promise<Session> | undefined
  let live: Session | undefined
  let closing: Promise<void> | undefined
  let since = 0
  let sleepy = () => {}
  let before: Promise<unknown> = Promise.resolve()

  const open = async (): Promise<Session> => {
    try {
      await closing
      if (isStopping()) throw stopping()
      const how = { owner, numbered: true, goOn: true, takesFiles: true }
      const wasNew = isNew
      const session = await runtime.open(wasNew ? { ...how, newId: id } : { ...how, resume: id })
      isNew = false
      wasBegun = wasNew
      settle(session, wasNew)
      return session
    } catch (error) {
      opened = undefined
      rest()
      throw error
    }
  }

  const settle = (session: Session, wasNew: boolean): void => {
    live = session
    since = session.feed().told()
    session.events.subscribe({
      next: (notice) => {
        if (isKept(notice)) since = session.feed().told()
        if (ends.has(notice.type)) rest()
        // A notice may be told in the middle of a step; the session's view is right after it.
        if (notice.type === "agent.asked") queueMicrotask(lookAround)
      },
      complete: () => {
        if (live === session) lost()
      }
    })
    for (const looker of lookers) looker.opened(session, wasNew)
    rest()
  }

  /** What was opened only to be looked at is not kept: the id is as new. */
  const forget = (): void => {
    try {
      runtime.journal?.delete(id)
      isNew = runtime.journal !== undefined
    } catch (error) {
      desk.log(`session ${id}, in which nothing was said, stays: ${String(error)}`)
    }
  }

  const lost = (): void => {
    live = opened = undefined
    for (const looker of lookers) looker.lost()
    rest()
  }

  const isBusy = (): boolean => {
    if (live === undefined) return opened !== undefined
    const { state, background } = live.view()
    return state !== "idle" || background.some((one) => one.state === "running")
  }

  const lookAround = (): void => {
    for (const look of resting) look()
  }

  /** Looks whether it may go to sleep. */
  const rest = (): void => {
    sleepy()
    lookAround()
    if (lookers.size > 0 || users > 0) return
    if (closing !== undefined) return
    if (opened === undefined) return isNew ? void (sleepy = clock.later(limits.reservedTime, onEmpty)) : onEmpty()
    if (!isBusy()) sleepy = clock.later(limits.idleTime, () => void close({ suspend: true }))
  }

  const close = (how: { readonly suspend: boolean }): Promise<void> => {
    sleepy()
    if (live === undefined && opened !== undefined)
      return opened.then(
        () => close(how),
        () => {}
      )
    const session = live
    if (session !== undefined) {
      const isUnused = wasBegun && session.feed().told() === 0
      live = opened = undefined
      closing = session
        .close(how)
        // One that cannot close has let go of all it could.
        .catch((error: unknown) => desk.log(`session ${id} did not close: ${String(error)}`))
        .then(() => {
          closing = undefined
          if (isUnused) forget()
          rest()
        })
    }
    return closing ?? Promise.resolve()
  }

  if (isNew) rest()

  return {
    id,
    owner,
    isNew: () => isNew,
    live: () => live,
    session: () => (opened ??= open()),
    since: () => since,
    look: (looker) => {
      lookers.add(looker)
      sleepy()
      return () => {
        if (lookers.delete(looker)) rest()
      }
    },
    using: async (act) => {
      users += 1
      sleepy()
      try {
        return await act()
      } finally {
        users -= 1
        rest()
      }
    },
    inTurn: (act) => {
      const now = before.then(act)
      before = now.catch(() => {})
      return now
    },
    lookers: () => lookers,
    isBusy,
    rests: (isDeaf) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (isBusy() && !(isDeaf && live?.view().state === "asking")) return
          resting.delete(look)
          resolve()
        }
        resting.add(look)
        look()
      }),
    close
  }
}

/** What changes the transcript, or ends what was streamed. */
const isKept = ({ type }: AgentNotice): boolean => kept.has(type)

const kept: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.started",
  "agent.resumed",
  "agent.said",
  "agent.settled",
  "agent.retrying",
  "agent.compacted",
  "agent.changed",
  "agent.replied",
  "agent.failed",
  "agent.cancelled"
])

/** After these it may rest. */
const ends: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.replied",
  "agent.failed",
  "agent.cancelled",
  "agent.compacted",
  "agent.warned",
  "agent.background"
])

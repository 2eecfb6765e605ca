/** All seats: one for each session of each user. A session is reached by its exact id, and only as its owner. */
import { isSessionId, newSessionId } from "../../actors/journal/session-id.ts"
import type { Desk } from "./parts.ts"
import { noSession } from "./refusal.ts"
import { openSeat, type Seat } from "./seat.ts"
import type { User } from "./wire.ts"

export interface Seats {
  /** For a session that is begun when something is said in it. */
  readonly reserve: (user: User) => Seat
  /** What is there turns out when it is opened. @throws Refusal for what cannot be an id. */
  readonly of: (user: User, id: string) => Seat
  /** The newest of the user's. Rejects with a Refusal when there is none. */
  readonly latest: (user: User) => Promise<Seat>
  readonly all: () => ReadonlyArray<Seat>
  /** Those of the user that are open. */
  readonly liveOf: (user: User) => ReadonlyArray<Seat>
}

export const openSeats = (desk: Desk, isStopping: () => boolean): Seats => {
  const seats = new Map<string, Seat>()
  const keyOf = (owner: string | undefined, id: string): string => JSON.stringify([owner ?? null, id])

  const place = ({ owner }: User, id: string, isNew: boolean): Seat => {
    const key = keyOf(owner, id)
    const onEmpty = (): void => {
      if (seats.get(key) === seat) seats.delete(key)
    }
    const seat = openSeat({ desk, id, owner, isNew, isStopping, onEmpty })
    seats.set(key, seat)
    return seat
  }

  /** Of those that nobody looks at any more. */
  const forgetOldest = ({ owner }: User): void => {
    const isLeft = (seat: Seat): boolean => seat.isNew() && !seat.isBusy() && seat.lookers().size === 0
    const waiting = [...seats].filter(([, seat]) => seat.owner === owner && isLeft(seat))
    for (const [key] of waiting.slice(0, Math.max(0, waiting.length - desk.limits.reserved))) seats.delete(key)
  }

  const of = (user: User, id: string): Seat => {
    // The beginning of an id could mean several.
    if (!isSessionId(id)) throw noSession()
    return seats.get(keyOf(user.owner, id)) ?? place(user, id, false)
  }

  return {
    reserve: (user) => {
      forgetOldest(user)
      let id = newSessionId(desk.clock.now())
      while (seats.has(keyOf(user.owner, id))) id = newSessionId(desk.clock.now())
      return place(user, id, true)
    },
    of,
    latest: async (user) => {
      const newest = (await desk.runtime.list({ owner: user.owner, limit: 20 })).find(({ messages }) => messages > 0)
      if (newest === undefined) throw noSession()
      return of(user, newest.id)
    },
    all: () => [...seats.values()],
    liveOf: ({ owner }) => [...seats.values()].filter((seat) => seat.owner === owner && seat.live() !== undefined)
  }
}

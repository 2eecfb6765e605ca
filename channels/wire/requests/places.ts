/** Where a client is: signing in, opening, going on, leaving, looking. */
import type { Guest } from "../guest.ts"
import { protocol } from "../frames.ts"
import { Refusal } from "../refusal.ts"
import type { Handlers, Request } from "../request.ts"
import type { Seat } from "../seat.ts"
import { sessionFrame } from "../session-frame.ts"
import { isOperator } from "../wire.ts"

/** A new session, which is kept as soon as something is said in it. */
export const reserve = ({ guest, seats }: Request): Seat => {
  const seat = seats.reserve(guest.user)
  enter(guest, seat, 0)
  return seat
}

const enter = (guest: Guest, seat: Seat, from: number | undefined): void => {
  guest.follow(seat, from)
  guest.turnTo(seat)
}

const seatFor = async (id: string, { guest, seats }: Request): Promise<Seat> =>
  id === "latest" ? seats.latest(guest.user) : seats.of(guest.user, id)

/** @throws Refusal when it is not one of those that were told. */
const mustBeTold = (field: string, after: number | undefined, last: number): void => {
  if (after !== undefined && after > last)
    throw new Refusal("bad_frame", `${field}: the newest event of this session is ${last}`)
}

/** Number of the newest event; opens the session, unless nothing was said in it. */
const lastOf = async (seat: Seat): Promise<number> =>
  seat.isNew() && seat.live() === undefined ? 0 : (await seat.session()).feed().mark()

export const places: Handlers<"auth" | "open" | "resume" | "leave" | "view" | "sessions"> = {
  auth: async ({ session_id, after }, request) => {
    const { guest, desk, answer } = request
    const { user } = guest
    const signedIn = {
      type: "auth_response",
      success: true,
      user: user.name,
      operator: isOperator(user),
      protocol,
      version: desk.version
    } as const
    if (session_id === undefined) {
      const seat = reserve(request)
      return answer({ ...signedIn, session_id: seat.id })
    }
    const found = await seatFor(session_id, request)
      .then(async (seat) => ({ seat, last: await seat.using(() => lastOf(seat)) }))
      .catch((error: unknown) => ({ error }))
    // The key is good, whatever there is of the session.
    if ("error" in found) answer(signedIn)
    if ("error" in found) throw found.error
    const { seat, last } = found
    mustBeTold("auth.after", after, last)
    answer({ ...signedIn, session_id: seat.id })
    enter(guest, seat, after)
    guest.ask(seat)
  },
  open: async ({ session_id, after }, request) => {
    const { guest, desk, answer } = request
    const seat = session_id === undefined ? reserve(request) : await seatFor(session_id, request)
    await seat.using(async () => {
      const frame = await sessionFrame(desk, seat)
      mustBeTold("open.after", after, frame.last)
      answer(frame)
      enter(guest, seat, after ?? frame.since)
      guest.ask(seat)
    })
  },
  resume: async (frame, { guest, answer }) => {
    const { session_id, after } = frame
    const seat = guest.seatOf(frame)
    await seat.using(async () => {
      const last = await lastOf(seat)
      mustBeTold("resume.after", after, last)
      answer({ type: "resumed", session_id, after, last })
      enter(guest, seat, after)
      guest.ask(seat)
    })
  },
  leave: async (frame, { guest, answer }) => {
    const seat = guest.seatOf(frame)
    // Its seat was made for this frame alone, if nobody was there.
    await seat.using(async () => guest.leave(seat))
    answer({ type: "closed", session_id: frame.session_id })
  },
  view: async (frame, { guest, desk, answer }) => {
    const seat = guest.seatOf(frame)
    await seat.using(async () => answer(await sessionFrame(desk, seat, frame.transcript !== false)))
  },
  sessions: async ({ limit = 100 }, { guest, desk, seats, answer }) => {
    const { owner } = guest.user
    const states = new Map(seats.liveOf(guest.user).map((seat) => [seat.id, seat.live()?.view().state]))
    const found = await desk.runtime.list({ owner, limit })
    answer({
      type: "sessions",
      // What is only looked at is not kept, if nothing is said.
      sessions: found
        .filter(({ id, messages }) => messages > 0 || states.get(id) === undefined)
        .map(({ id, title, model, createdAt, updatedAt, messages }) => ({
          id,
          title,
          model,
          created_at: createdAt,
          updated_at: updatedAt,
          messages,
          state: states.get(id) ?? "closed"
        }))
    })
  }
}

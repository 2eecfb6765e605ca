/** Saying something to the agent of a session: one id is said once, whoever says it and how often. */
import type { Session } from "../../../actors/session-host.ts"
import { contentWithFiles, type GivenFile } from "../../given-files.ts"
import type { OutFrame } from "../frames.ts"
import { Refusal, stopping } from "../refusal.ts"
import type { Request } from "../request.ts"
import type { Seat } from "../seat.ts"
import { responseTo } from "../told.ts"

export interface Saying {
  /** Of the message. */
  readonly id: string
  readonly content: string
  readonly files: ReadonlyArray<GivenFile>
  /** Asked where nobody has said it before. @returns whether something else was done in its place. */
  readonly instead?: (session: Session) => boolean
}

/** How far a message is: the second only of one whose turn has ended. */
export type Fared = readonly [Extract<OutFrame, { type: "status" }>, Extract<OutFrame, { type: "response" }>?]

/** Opened, and followed from its first event on. */
export const enter = async (seat: Seat, { guest }: Request): Promise<Session> => {
  if (isFresh(seat)) guest.follow(seat)
  const session = await seat.session()
  guest.follow(seat)
  return session
}

/** Nothing was said in it, and it is not open. */
export const isFresh = (seat: Seat): boolean => seat.isNew() && seat.live() === undefined

/** To be called in the seat's turn. Rejects with a Refusal when no turn may begin. */
export const sayTo = async (seat: Seat, { id, content, files, instead }: Saying, request: Request): Promise<Fared> => {
  const status = { type: "status", message_id: id, session_id: seat.id } as const
  const wasFresh = isFresh(seat)
  const session = await enter(seat, request)
  const fate = wasFresh ? undefined : await session.feed().fateOf(id)
  if (fate?.state === "ended") return [{ ...status, status: "done" }, responseTo(fate.end, id, seat.id)]
  if (fate?.state !== "open" && instead?.(session) !== true) {
    mayBegin(seat, request)
    const said = await contentWithFiles(session, content, files)
    session.send({ type: "user.message", id, content: said, at: request.desk.clock.now() })
  }
  return [{ ...status, status: "processing" }]
}

/** @throws Refusal when no new turn may begin. */
const mayBegin = (seat: Seat, { guest, seats, desk, isStopping }: Request): void => {
  if (isStopping()) throw stopping()
  const { turns } = desk.limits
  if (turns === Infinity || seat.isBusy()) return
  if (seats.liveOf(guest.user).filter((one) => one.isBusy()).length >= turns)
    throw new Refusal("too_many", `${turns} of your turns run at once, which is the limit here; wait for one to end`)
}

/** What answers a frame. */
import type { Guest } from "./guest.ts"
import type { InFrame, OutFrame } from "./frames.ts"
import type { Desk } from "./parts.ts"
import { Refusal } from "./refusal.ts"
import type { Seats } from "./seats.ts"
import type { Watch } from "./watch.ts"
import { isOperator } from "./wire.ts"

/** Frames that can be the direct answer to another. */
export type Answer = Extract<OutFrame, { request_id?: string | undefined }>

export interface Request {
  readonly guest: Guest
  readonly desk: Desk
  readonly seats: Seats
  readonly watch: Watch
  readonly isStopping: () => boolean
  /** With the frame's `request_id`. */
  readonly answer: (answer: Answer) => void
  /** Goes on while later frames are taken; the frame counts as unanswered until it is done, and a failure of it as the frame's. */
  readonly aside: (work: () => Promise<void>) => void
}

export type Handlers<Type extends InFrame["type"]> = {
  readonly [One in Type]: (frame: Extract<InFrame, { type: One }>, request: Request) => Promise<void>
}

/** @throws Refusal for everybody but the machine's own user. */
export const mustOperate = ({ guest }: Request): void => {
  if (!isOperator(guest.user))
    throw new Refusal("not_allowed", "only this machine's own user may change what all users share")
}

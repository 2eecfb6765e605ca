/** Commands of plugins: which there are, and running one. */
import { randomUUID } from "node:crypto"
import { isFromBackground } from "../../../machines/background.ts"
import { lineOf } from "../../command-line.ts"
import type { InFrame, OutFrame } from "../frames.ts"
import { offersFor, watchOffers } from "../offers.ts"
import { Refusal, stopping } from "../refusal.ts"
import type { Handlers, Request } from "../request.ts"
import { cancelRun, runAside } from "../runs.ts"
import type { Seat } from "../seat.ts"
import { reserve } from "./places.ts"
import { enter, sayTo } from "./say.ts"

export const commands: Handlers<"commands" | "command" | "command_cancel"> = {
  commands: async (frame, request) => {
    const { guest, desk, answer } = request
    const seat = seatFor(frame, request)
    await seat.using(async () => {
      const session = await seat.session()
      const look = () => offersFor(desk, guest.user, session)
      const framed = () => ({ type: "commands", commands: look(), session_id: seat.id }) as const
      answer(framed())
      if (frame.watch === undefined) return
      const { later } = desk.clock
      const { changes } = session.extensions
      const watching = (isFree: () => boolean) =>
        watchOffers({ look, changes, tell: () => guest.send(framed()), isFree, later })
      guest.attend(seat, frame.watch ? watching : undefined)
    })
  },
  command: async (frame, request) => {
    if (frame.command_id !== undefined && isFromBackground({ id: frame.command_id }))
      throw new Refusal("bad_frame", "command.command_id: ids that begin so are the agent's own")
    const seat = seatFor(frame, request)
    await seat.using(() => begin(frame, seat, request))
  },
  command_cancel: async (frame, { guest }) => {
    const seat = guest.seatOf(frame)
    // Its seat was made for this frame alone, if nobody was there.
    await seat.using(async () => {
      if (!cancelRun(seat, frame.command_id)) throw new Refusal("not_found", "no such command runs in this session")
    })
  }
}

/** As for messages: a new session where none is open. */
const seatFor = (frame: { readonly session_id?: string }, request: Request): Seat => {
  const { guest } = request
  const isLost = frame.session_id === undefined && guest.current() === undefined
  return isLost ? reserve(request) : guest.seatOf(frame)
}

type Result = Extract<OutFrame, { type: "command_result" }>

const begin = async (frame: Extract<InFrame, { type: "command" }>, seat: Seat, request: Request): Promise<void> => {
  const { answer, isStopping } = request
  const { command_id, argument = "" } = frame
  if (isStopping()) throw stopping()
  const session = await enter(seat, request)
  const name = frame.name.replace(/^\//, "").toLowerCase()
  const found = session.extensions.commands().find((one) => one.name === name)
  if (found === undefined)
    throw new Refusal("not_found", "there is no such command; a frame {type: commands} lists them")
  const typed = { name, argument: argument.trim() }
  const id = command_id ?? randomUUID()
  const result: Result = {
    type: "command_result",
    name,
    session_id: seat.id,
    ...(command_id !== undefined && { command_id })
  }
  if (found.said === true) return say(lineOf(typed), id, result, seat, request)
  runAside({ key: id, typed, seat, session }, request, async ({ show, say: said }) => {
    const shown = { ...result, ...(show !== undefined && { show }) }
    return said === undefined ? answer(shown) : say(said, id, shown, seat, request)
  })
}

/** What a command says goes the way of every message. */
const say = (content: string, message_id: string, result: Result, seat: Seat, request: Request): Promise<void> =>
  seat.inTurn(async () => {
    const fared = await sayTo(seat, { id: message_id, content, files: [] }, request)
    request.answer({ ...result, message_id })
    for (const frame of fared) if (frame !== undefined) request.guest.send(frame)
  })

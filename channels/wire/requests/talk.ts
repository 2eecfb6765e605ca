/** What is said to an agent. */
import { randomUUID } from "node:crypto"
import type { Session } from "../../../actors/session-host.ts"
import { readModelId } from "../../../llm/model-id.ts"
import { isFromBackground } from "../../../machines/background.ts"
import type { Question } from "../../../machines/events.ts"
import { problemsWith } from "../../../machines/question.ts"
import type { Mode } from "../../../plugins/permission.ts"
import { contentWithFiles } from "../../given-files.ts"
import type { InFrame } from "../frames.ts"
import { Refusal, stopping } from "../refusal.ts"
import type { Handlers, Request } from "../request.ts"
import type { Seat } from "../seat.ts"
import { responseTo } from "../told.ts"
import { isOperator } from "../wire.ts"
import { reserve } from "./places.ts"

type Said = Extract<InFrame, { type: "message" }>

/** What can be done without opening a session in which nothing was said is nothing. */
const ifBegun = async (
  frame: { readonly session_id?: string },
  { guest }: Request,
  act: (session: Session) => void
): Promise<void> => {
  const seat = guest.seatOf(frame)
  if (!isFresh(seat)) await seat.using(async () => act(await seat.session()))
}

const isFresh = (seat: Seat): boolean => seat.isNew() && seat.live() === undefined

const set = (frame: { readonly session_id?: string }, { guest }: Request, act: (session: Session) => void) => {
  const seat = guest.seatOf(frame)
  return seat.using(async () => act(await seat.session()))
}

export const talk: Handlers<"message" | "cancel" | "permission" | "compact" | "clear" | "model" | "permissions"> = {
  message: async (frame, request) => {
    const { message_id, content, files = [] } = frame
    if (message_id !== undefined && isFromBackground({ id: message_id }))
      throw new Refusal("bad_frame", "message.message_id: ids that begin so are the agent's own")
    if (content === "" && files.length === 0) throw new Refusal("bad_frame", "message.content: it is empty")
    const { guest } = request
    const isLost = frame.session_id === undefined && guest.current() === undefined
    const seat = isLost ? reserve(request) : guest.seatOf(frame)
    await seat.using(() => seat.inTurn(() => say(frame, seat, request)))
  },
  cancel: (frame, request) => ifBegun(frame, request, (session) => session.cancel()),
  permission: async (frame, request) => {
    const { id, decision, content } = frame
    let question: Question | undefined
    await ifBegun(frame, request, (session) => {
      question = session.view().questions.find((one) => one.id === id)
      if (question === undefined) return
      mustFit(question, frame)
      session.send({ type: "permission.answered", id, decision, ...(content !== undefined && { content }) })
    })
    if (question === undefined)
      throw new Refusal("not_found", "no such question waits in this session; it may have been answered")
  },
  compact: async (frame, request) => {
    if (request.isStopping()) throw stopping()
    await ifBegun(frame, request, (session) => session.send({ type: "user.compact", focus: frame.focus }))
  },
  clear: (frame, request) => ifBegun(frame, request, (session) => session.send({ type: "user.clear" })),
  model: (frame, request) => {
    mayChoose(frame.model, request)
    return set(frame, request, (session) => session.send({ type: "user.model", model: frame.model }))
  },
  permissions: (frame, request) => {
    mayAllow(frame.mode, request)
    return set(frame, request, (session) => session.send({ type: "user.permissions", mode: frame.mode }))
  }
}

/** @throws Refusal for values that do not fit what is asked. */
const mustFit = (question: Question, answered: Parameters<typeof problemsWith>[1]): void => {
  const problems = problemsWith(question, answered).map(({ field, problem }) => `${field} ${problem}`)
  if (problems.length > 0)
    throw new Refusal("bad_frame", `permission.content: ${problems.join("; ")}; the question stays open`)
}

/** Whoever answers questions may as well have none asked; but where the server only lets look, no guest lifts that. */
const mayAllow = (mode: Mode, { guest, desk }: Request): void => {
  if (isOperator(guest.user) || desk.place.permissions !== "plan" || mode === "plan") return
  throw new Refusal("not_allowed", "this server was started with permissions: plan, which only its own user may change")
}

/** One id is said once, whoever says it and how often. */
const say = async (frame: Said, seat: Seat, request: Request): Promise<void> => {
  const { guest, answer, desk } = request
  const id = frame.message_id ?? randomUUID()
  const status = { type: "status", message_id: id, session_id: seat.id } as const
  const wasFresh = isFresh(seat)
  if (wasFresh) guest.follow(seat)
  const session = await seat.session()
  guest.follow(seat)
  const fate = wasFresh ? undefined : await session.feed().fateOf(id)
  if (fate?.state === "ended") {
    answer({ ...status, status: "done" })
    return guest.send(responseTo(fate.end, id, seat.id))
  }
  if (fate?.state !== "open") {
    mayBegin(seat, request)
    const content = await contentWithFiles(session, frame.content, (frame.files ?? []).map(decoded))
    session.send({ type: "user.message", id, content, at: desk.clock.now() })
  }
  answer({ ...status, status: "processing" })
}

/** A script is any file of this machine, and what is wrong in it is told with its words. @throws Refusal */
const mayChoose = (model: string, { guest, desk }: Request): void => {
  if (isOperator(guest.user) || readModelId(model)?.provider !== "scripted") return
  if (model === "scripted/rehearsal" || model === desk.runtime.model?.id) return
  throw new Refusal("not_allowed", "only this machine's own user may choose a script, which is a file of the machine")
}

/** @throws Refusal when no new turn may begin. */
const mayBegin = (seat: Seat, { guest, seats, desk, isStopping }: Request): void => {
  if (isStopping()) throw stopping()
  const { turns } = desk.limits
  if (turns === Infinity || seat.isBusy()) return
  if (seats.liveOf(guest.user).filter((one) => one.isBusy()).length >= turns)
    throw new Refusal("too_many", `${turns} of your turns run at once, which is the limit here; wait for one to end`)
}

const decoded = ({ name, mime, data }: NonNullable<Said["files"]>[number]) => ({
  name,
  mime,
  bytes: Buffer.from(data, "base64")
})

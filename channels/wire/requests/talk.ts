/** What is said to an agent. */
import { randomUUID } from "node:crypto"
import type { Session } from "../../../actors/session-host.ts"
import { readModelId } from "../../../llm/model-id.ts"
import { isFromBackground } from "../../../machines/background.ts"
import type { Question } from "../../../machines/events.ts"
import { problemsWith } from "../../../machines/question.ts"
import { nothingSpent } from "../../../machines/spending.ts"
import type { Mode } from "../../../plugins/permission.ts"
import { runIn, type TypedCommand } from "../../command-line.ts"
import type { InFrame } from "../frames.ts"
import { Refusal, stopping } from "../refusal.ts"
import type { Handlers, Request } from "../request.ts"
import { runAside } from "../runs.ts"
import type { Seat } from "../seat.ts"
import { isOperator } from "../wire.ts"
import { reserve } from "./places.ts"
import { isFresh, sayTo } from "./say.ts"

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

const say = async (frame: Said, seat: Seat, request: Request): Promise<void> => {
  const { message_id: id = randomUUID(), content } = frame
  const files = (frame.files ?? []).map(decoded)
  const instead = (session: Session): boolean => {
    const typed = files.length === 0 ? runIn(session.extensions, content) : undefined
    if (typed !== undefined) answerTyped(typed, id, seat, session, request)
    return typed !== undefined
  }
  const [status, response] = await sayTo(seat, { id, content, files, instead }, request)
  request.answer(status)
  if (response !== undefined) request.guest.send(response)
}

/**
 * The name of a command that is run: what it shows is the response, and no model is asked. What it says is said in the message's
 * place; what it shows besides comes before that.
 */
const answerTyped = (typed: TypedCommand, id: string, seat: Seat, session: Session, request: Request): void => {
  const { guest } = request
  const at = { message_id: id, session_id: seat.id }
  // Said again after a lost connection it is answered again.
  runAside({ key: randomUUID(), typed, seat, session }, request, async ({ show = "", say: said }) => {
    if (said === undefined) return guest.send({ ...shown(show), ...at, seq: session.feed().last() })
    if (show !== "") guest.send({ type: "command_result", name: typed.name, show, ...at })
    await seat.inTurn(() => sayTo(seat, { id, content: said, files: [] }, request))
  })
}

const shown = (content: string) =>
  ({ type: "response", content, status: "done", usage: nothingSpent.usage, cost: 0, verified: false }) as const

/** A script is any file of this machine, and what is wrong in it is told with its words. @throws Refusal */
const mayChoose = (model: string, { guest, desk }: Request): void => {
  if (isOperator(guest.user) || readModelId(model)?.provider !== "scripted") return
  if (model === "scripted/rehearsal" || model === desk.runtime.model?.id) return
  throw new Refusal("not_allowed", "only this machine's own user may choose a script, which is a file of the machine")
}

const decoded = ({ name, mime, data }: NonNullable<Said["files"]>[number]) => ({
  name,
  mime,
  bytes: Buffer.from(data, "base64")
})

/** What was said to a session and is not known to have arrived: kept over lost connections, in its order, and said again. */
import { textOf } from "../../llm/message.ts"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import type { InFrame } from "../wire/frames.ts"
import { RemoteError } from "./remote-error.ts"

export interface Outbox {
  /** Keeps it until it has arrived. @throws RemoteError `too_large` or `too_many`. */
  readonly add: (event: UserEvent) => Letter
  readonly waiting: () => ReadonlyArray<Letter>
  /** What a notice shows to have arrived, or to be of no use any more, goes. */
  readonly heard: (notice: AgentNotice) => void
  /** It need not be said again. */
  readonly drop: (letter: Letter) => void
  /** The message of this id. */
  readonly find: (message: string) => Letter | undefined
}

/** Something said, as a frame for whichever session it is for when it goes out. */
export interface Letter {
  readonly event: UserEvent
  readonly frame: (session: string) => InFrame
}

/** Letters that wait at most. */
const most = 200

/** @param limit Bytes of a frame. */
export const openOutbox = (limit: number): Outbox => {
  let letters: ReadonlyArray<Letter> = []
  const drop = (gone: (letter: Letter) => boolean): void => {
    letters = letters.filter((letter) => !gone(letter))
  }
  const add = (event: UserEvent): Letter => {
    const letter: Letter = { event, frame: (session) => ({ ...frameOf(event), session_id: session }) }
    const bytes = Buffer.byteLength(JSON.stringify(letter.frame("")))
    // The session's id comes on top.
    if (bytes > limit - 1000)
      throw new RemoteError(
        "too_large",
        `A message may have ${mega(limit)} with its images; this one has ${mega(bytes)}.`
      )
    if (letters.length >= most)
      throw new RemoteError("too_many", "Too much waits for the connection to come back; nothing more is kept.")
    letters = [...letters, letter]
    return letter
  }
  return {
    add,
    waiting: () => letters,
    heard: (notice) => drop(({ event }) => isSettledBy(event, notice)),
    drop: (gone) => drop((letter) => letter === gone),
    find: (message) => letters.find(({ event }) => event.type === "user.message" && event.id === message)
  }
}

const mega = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** Whether a notice shows that it has arrived. */
const isSettledBy = (event: UserEvent, notice: AgentNotice): boolean => {
  if (event.type === "user.message")
    return notice.type === "agent.queued"
      ? notice.id === event.id
      : "messages" in notice && notice.messages.includes(event.id)
  if (event.type === "permission.answered") return notice.type === "agent.answered" && notice.id === event.id
  return false
}

const frameOf = (event: UserEvent): InFrame => {
  switch (event.type) {
    case "user.message":
      return {
        type: "message",
        message_id: event.id,
        content: textOf({ role: "user", id: event.id, content: event.content }),
        ...filesOf(event.content)
      }
    case "user.cancel":
      return { type: "cancel" }
    case "permission.answered":
      return {
        type: "permission",
        id: event.id,
        decision: event.decision,
        ...(event.content !== undefined && { content: event.content })
      }
    case "user.compact":
      return { type: "compact", ...(event.focus !== undefined && { focus: event.focus }) }
    case "user.clear":
      return { type: "clear" }
    case "user.model":
      return { type: "model", model: event.model }
    case "user.permissions":
      return { type: "permissions", mode: event.mode }
  }
}

type Content = Extract<UserEvent, { type: "user.message" }>["content"]

const filesOf = (content: Content) => {
  const files = content.flatMap((block, at) =>
    block.type === "image" ? [{ name: block.name ?? `image-${at}`, mime: block.mime, data: block.data }] : []
  )
  return files.length === 0 ? {} : { files }
}

/**
 * A session of a running server, as if it were here: its port, kept over lost connections.
 *
 * Nothing that it tells is lost or told twice: events are numbered, and after a break those after the last one are asked for.
 * Messages carry ids that were made here and are said again until an event names them; the server takes each once.
 */
import { setTimeout as pause } from "node:timers/promises"
import { type Observable, Subject } from "rxjs"
import { sessionDoors } from "../../actors/session/doors.ts"
import type { Session } from "../../actors/session-host.ts"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import { nothingSpent } from "../../machines/spending.ts"
import type { InFrame, OutFrame } from "../wire/frames.ts"
import { follow, type Renewed } from "./follower.ts"
import type { Link } from "./link.ts"
import type { SessionFrame } from "./mirror.ts"
import { type Letter, openOutbox } from "./outbox.ts"
import { receivedFiles } from "./received-files.ts"
import { remoteExtensions } from "./remote-extensions.ts"
import { RemoteError } from "./remote-error.ts"
import type { Requests } from "./requests.ts"

/** What a session of another place can tell beside its notices. */
export interface RemoteSession extends Session {
  /** `view` says something else than the notices told. */
  readonly renewed: Observable<Renewed>
}

export interface RemoteParts {
  readonly link: Pick<Link, "send" | "wake">
  readonly ask: Requests["ask"]
  /** Bytes of a frame. */
  readonly limit: number
  readonly onClose: (session: Held) => void
}

/** A session as its connection sees it. */
export interface Held {
  readonly session: RemoteSession
  readonly take: (frame: OutFrame) => void
  /** A connection stands: what was missed is asked for, and what waits is said. */
  readonly resume: () => Promise<void>
  readonly lost: () => void
}

export const remoteSession = (first: SessionFrame, parts: RemoteParts): Held => {
  const { ask, link } = parts
  const events = new Subject<AgentNotice>()
  const outbox = openOutbox(parts.limit)
  const files = receivedFiles()
  const follower = follow(first, ask, (notice) => {
    if (notice.type === "agent.settled") files.settled(notice.answer)
    outbox.heard(notice)
    events.next(notice)
  })
  const { view } = follower
  const extensions = remoteExtensions({ ask, link, id: () => view().id })
  let [isLive, isClosed] = [true, false]
  let connections = 0

  const id = (): string => view().id
  const warn = (code: string, message: string): void =>
    events.next({ type: "agent.warned", failure: { code, message } })

  const post = (letter: Letter): void => {
    const { event } = letter
    const frame = letter.frame(id())
    if (event.type === "user.message") return void link.send(frame)
    ask(frame, "ok").then(
      () => outbox.drop(letter),
      (error: RemoteError) => {
        if (error.code === "lost" || error.code === "stopping") return
        outbox.drop(letter)
        // Somebody else was quicker.
        if (event.type !== "permission.answered" || error.code !== "not_found") warn(error.code, error.message)
      }
    )
  }
  const deliver = (event: UserEvent): void => {
    if (isClosed) throw new Error(`session ${id()} is closed`)
    const letter = outbox.add(event)
    if (isLive) post(letter)
    else link.wake()
  }
  /** The server has not taken a message, and will not. */
  const refuse = (message: string, code: string, why: string): void => {
    const letter = outbox.find(message)
    if (letter === undefined) return
    outbox.drop(letter)
    if (view().state !== "idle") return warn(code, why)
    events.next({ type: "agent.failed", failure: { code, message: why }, messages: [message], spent: nothingSpent })
  }

  const take = (frame: OutFrame): void => {
    if (frame.type === "event") return follower.event(frame)
    if (frame.type === "session") return follower.session(frame)
    if (frame.type === "file") return files.came(frame)
    if (frame.type === "commands") return extensions.take(frame)
    if (frame.type !== "error" || frame.code === "stopping") return
    if (frame.message_id === undefined) warn(frame.code, frame.message)
    else refuse(frame.message_id, frame.code, frame.message)
  }

  const resume = async (): Promise<void> => {
    const mine = ++connections
    for (let attempt = 1; mine === connections && !isClosed; attempt++) {
      const error = await goOn().then(() => undefined, problemOf)
      if (error?.code === "lost" || mine !== connections) return
      if (error === undefined) {
        isLive = true
        outbox.waiting().forEach(post)
        extensions.look()
        return follower.look(true)
      }
      if (attempt === attempts || error.code === "no_session") return warn(error.code, error.message)
      await pause(1000 * attempt)
    }
  }
  const goOn = async (): Promise<void> => {
    try {
      await ask({ type: "resume", session_id: id(), after: follower.last() }, "resumed")
    } catch (error) {
      const { code } = problemOf(error)
      // A session in which nothing was said is not kept; another one takes its place.
      if (code === "no_session" && view().transcript.length + follower.last() === 0) return begin({ type: "open" })
      // What the server had told is gone there.
      if (code === "bad_frame") return begin({ type: "open", session_id: id() })
      throw error
    }
  }
  const begin = async (frame: InFrame): Promise<void> => {
    await ask(frame, "session", follower.begin)
  }

  const request = async <Type extends OutFrame["type"]>(frame: InFrame, answer: Type) => {
    if (isClosed) throw new Error(`session ${id()} is closed`)
    return ask({ ...frame, session_id: id() } as InFrame, answer) // all that are asked here have the field
  }
  const switchTo = (to: string) =>
    follower.quietly(async () => {
      const { node } = await request({ type: "switch", to }, "point")
      await ask({ type: "view", session_id: id() }, "session", follower.session)
      return node
    })
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    parts.onClose(held)
    if (isLive) await ask({ type: "leave", session_id: id() }, "closed").catch(() => {})
    events.complete()
    extensions.close()
    follower.close()
  }

  const session: RemoteSession = {
    get id() {
      return id()
    },
    ...sessionDoors({ id: id(), events, view, deliver, isClosed: () => isClosed }),
    view,
    tree: async () => (await request({ type: "tree" }, "tree")).nodes,
    fork: async (label) => (await request({ type: "fork", ...(label !== undefined && { label }) }, "point")).node,
    switch: switchTo,
    context: () =>
      Promise.reject(
        new Error('it is counted where the session is: ask there with extensions.runCommand("context", "")')
      ),
    extensions: extensions.port,
    tools: noTools,
    files: files.port,
    feed: () => {
      throw new Error("a session of another place numbers its events itself")
    },
    renewed: follower.renewed,
    close,
    [Symbol.asyncDispose]: close
  }
  const held: Held = {
    session,
    take,
    resume,
    lost: () => {
      connections++
      isLive = false
    }
  }
  extensions.look()
  return held
}

/** How often a session is asked for on one connection that refuses it: another process may be about to let go of it. */
const attempts = 4

const problemOf = (error: unknown): RemoteError =>
  error instanceof RemoteError ? error : new RemoteError("internal", String(error))

/** Calls that no model made do not go over a connection. */
const noTools: Session["tools"] = {
  list: () => [],
  call: async () => ({
    success: false,
    errorClass: "not_found",
    error: "tools of another place are called by its model only"
  })
}

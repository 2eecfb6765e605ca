/** A client as a stranger would write it: it comes back after every loss, and keeps account of all it is told. */
import { WebSocket } from "ws"
import type { InFrame, OutFrame } from "../../../channels/wire/frames.ts"

export type EventFrame = Extract<OutFrame, { type: "event" }>
export type SessionFrame = Extract<OutFrame, { type: "session" }>
export type ResponseFrame = Extract<OutFrame, { type: "response" }>

export interface ClientOptions {
  readonly url: string
  readonly key: string
  /** One to follow; absent: a new one. */
  readonly session?: string
  /** Whether it asks for some events again that it has, to see that numbers mean the same. */
  readonly rewind?: () => number
  readonly onEvent?: (frame: EventFrame) => void
  /** The session can be talked to, from the beginning or again. */
  readonly onLive?: () => void
}

export interface Client {
  /** Rejects never; resolves when the session is known. */
  readonly ready: Promise<string>
  readonly events: ReadonlyArray<EventFrame>
  readonly responses: ReadonlyArray<ResponseFrame>
  /** What was wrong with the numbers, a line each. */
  readonly complaints: ReadonlyArray<string>
  /** Errors that the server told. */
  readonly errors: ReadonlyArray<string>
  /** When it could talk to its session again, milliseconds as `performance.now`. */
  readonly lives: ReadonlyArray<number>
  readonly isLive: () => boolean
  readonly last: () => number
  /** How the session is; `undefined` when the connection breaks meanwhile. */
  readonly view: () => Promise<SessionFrame | undefined>
  /** @returns false when it is not connected: then nothing is kept. */
  readonly send: (frame: InFrame) => boolean
  /** As a cable that is pulled: what is on its way is lost. */
  readonly drop: () => void
  readonly close: () => void
}

/** Milliseconds before it tries again. */
const retry = 40

export const openClient = (options: ClientOptions): Client => {
  const { url, key, rewind = () => 0, onEvent, onLive } = options
  const events: Array<EventFrame> = []
  const responses: Array<ResponseFrame> = []
  const [complaints, errors, lives]: [Array<string>, Array<string>, Array<number>] = [[], [], []]
  const ready = Promise.withResolvers<string>()
  let { session } = options
  let [last, newest] = [0, 0]
  let [isLive, isClosed] = [false, false]
  let socket: WebSocket
  let viewed: ((frame: SessionFrame | undefined) => void) | undefined

  const event = (frame: EventFrame): void => {
    if (frame.seq !== newest + 1) complaints.push(`event ${frame.seq} came after ${newest}`)
    newest = frame.seq
    const known = events[frame.seq - 1]
    if (known !== undefined) {
      if (JSON.stringify(known) !== JSON.stringify(frame)) complaints.push(`event ${frame.seq} is another than before`)
      return
    }
    last = frame.seq
    events.push(frame)
    onEvent?.(frame)
  }
  const live = (): void => {
    isLive = true
    lives.push(performance.now())
    onLive?.()
  }
  const take = (frame: OutFrame): void => {
    switch (frame.type) {
      case "auth_response":
        if (session === undefined) return void send({ type: "open" })
        newest = Math.max(0, last - rewind())
        return void send({ type: "resume", session_id: session, after: newest })
      case "session":
        viewed?.(frame)
        if (session !== undefined) return
        session = frame.session_id
        ready.resolve(session)
        return live()
      case "resumed":
        ready.resolve(frame.session_id)
        return live()
      case "event":
        return event(frame)
      case "response":
        return void responses.push(frame)
      case "error":
        errors.push(`${frame.code}: ${frame.message}`)
        viewed?.(undefined)
        // Nothing was said in it before the server died: another takes its place.
        if (frame.code === "no_session" && last === 0 && options.session === undefined) {
          session = undefined
          send({ type: "open" })
        }
    }
  }
  const send = (frame: InFrame): boolean => {
    if (socket.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }
  const connect = (): void => {
    socket = new WebSocket(url)
    const mine = socket
    socket.on("open", () => mine.send(JSON.stringify({ type: "auth", api_key: key })))
    socket.on("message", (data: Buffer) => {
      // What has arrived and was not looked at goes with the cable.
      if (mine === socket && mine.readyState === WebSocket.OPEN) take(JSON.parse(data.toString()))
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      isLive = false
      viewed?.(undefined)
      if (!isClosed) setTimeout(connect, retry)
    })
  }
  connect()
  return {
    ready: ready.promise,
    events,
    responses,
    complaints,
    errors,
    lives,
    isLive: () => isLive,
    last: () => last,
    view: () =>
      new Promise((resolve) => {
        viewed = resolve
        if (!isLive || session === undefined || !send({ type: "view", session_id: session })) resolve(undefined)
      }),
    send,
    drop: () => {
      isLive = false
      socket.terminate()
    },
    close: () => {
      isClosed = true
      socket.terminate()
    }
  }
}

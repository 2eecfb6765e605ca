/** One socket from its key to its end. */
import type { InFrame, OutFrame } from "../../wire/frames.ts"

export interface Line {
  /** False: it is not let in yet, or no longer there. */
  readonly send: (frame: InFrame) => boolean
  /** Nothing is heard of it any more. */
  readonly close: () => void
}

export interface LineParts {
  readonly url: string
  readonly key: string | undefined
  readonly onFrame: (frame: OutFrame) => void
  readonly onIn: () => void
  /** `isRefused`: with this key nobody is let in. */
  readonly onEnd: (why: string, isRefused: boolean) => void
}

/** Milliseconds between two signs of life. */
const beat = 25_000

/** As the hub closes when the key is not known, or none came in time. */
const notAuthenticated = 4401

export const openLine = ({ url, key, onFrame, onIn, onEnd }: LineParts): Line => {
  const socket = new WebSocket(url)
  let isIn = false
  let isOver = false
  let heard = Date.now()

  const end = (why: string, isRefused = false): void => {
    if (isOver) return
    close()
    onEnd(why, isRefused)
  }

  const close = (): void => {
    isOver = true
    clearInterval(clock)
    socket.close()
  }

  const send = (frame: InFrame): boolean => {
    if (isOver || socket.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }

  // A half-open connection says nothing, and nobody else would notice.
  const clock = setInterval(() => {
    if (Date.now() - heard > 2 * beat) end("the server gave no sign of life")
    else if (isIn) send({ type: "ping" })
  }, beat)

  socket.addEventListener("open", () => send({ type: "auth", ...(key !== undefined && { api_key: key }) }))
  socket.addEventListener("close", ({ code, reason }) =>
    end(reason === "" ? "the server cannot be reached" : reason, code === notAuthenticated)
  )
  socket.addEventListener("message", ({ data }) => {
    const frame = isOver ? undefined : readFrame(data)
    heard = Date.now()
    if (frame === undefined) return
    if (frame.type === "auth_response" && !frame.success)
      return end(frame.error ?? "the server does not know this key", true)
    const isFirst = frame.type === "auth_response" && !isIn
    isIn ||= isFirst
    onFrame(frame)
    if (isFirst) onIn()
  })
  return { send: (frame) => isIn && send(frame), close }
}

/** A server of another version may say what we do not know; what is no frame at all is passed by. */
const readFrame = (data: unknown): OutFrame | undefined => {
  if (typeof data !== "string") return undefined
  try {
    const value: unknown = JSON.parse(data)
    const isFrame = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
    return isFrame ? (value as OutFrame) : undefined
  } catch {
    return undefined
  }
}

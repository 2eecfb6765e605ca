/**
 * One WebSocket as a wire: what waits for its client is bounded, and a client that is gone or takes nothing is noticed.
 *
 * Frames are texts. Nothing is compressed: a small frame that unpacks to a gigabyte is an attack, and on one's own machine
 * there is nothing to win.
 */
import type { RawData, WebSocket } from "ws"
import type { OutFrame } from "../wire/frames.ts"
import type { Peer, Wire } from "../wire/wire.ts"
import type { Limits } from "./limits.ts"

export interface Connection {
  /** To be called about once a second. @param now Milliseconds. */
  readonly beat: (now: number) => void
  /** After what is queued. */
  readonly end: (code: number, reason: string) => void
  /** At once. */
  readonly cut: (code: number, reason: string) => void
}

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly limits: Limits
  readonly join: (wire: Wire) => Peer
  readonly left: () => void
}

/** A longer message is sent in pieces of so many bytes, so that it is seen when a slow client takes some of it. */
const piece = 256 * 1024

/** Frames that are no texts, before a client that sends them is ended. */
const mostBinary = 10

export const connection = ({ socket, limits, join, left }: ConnectionOptions): Connection => {
  let binary = 0
  const outgoing = outbox(socket, limits, () => peer.drained())
  const pulse = heartbeat(socket, limits)
  const peer = join({
    send: outgoing.send,
    isFree: outgoing.isFree,
    end: (code, reason) => close(socket, code, reason)
  })

  const hear = (data: RawData, isBinary: boolean): void => {
    pulse.alive()
    if (!isBinary) return peer.receive(textOf(data))
    if (++binary >= mostBinary) return close(socket, 1003, "frames are JSON texts")
    outgoing.send({ type: "error", code: "bad_frame", message: "a binary frame cannot be read: frames are JSON texts" })
  }
  socket.on("message", hear)
  socket.on("pong", pulse.alive)
  // What is wrong with bytes is answered by the library with the right code: 1002, 1007, 1009.
  socket.on("error", () => {})
  socket.once("close", () => {
    peer.gone()
    left()
  })
  return {
    end: (code, reason) => close(socket, code, reason),
    cut: (code, reason) => cut(socket, code, reason),
    beat: (now) => {
      if (outgoing.isStalled(now)) cut(socket, 1008, "nothing was taken for too long")
      else pulse.beat(now)
    }
  }
}

const outbox = (socket: WebSocket, limits: Limits, drained: () => void) => {
  let isLagging = false
  /** When the client last took something, or something began to wait for it. */
  let takenAt = 0
  const taken = (): void => {
    takenAt = Date.now()
    const waits = socket.bufferedAmount
    if (socket.isPaused && waits < limits.pause / 2) socket.resume()
    if (!isLagging || waits >= limits.free / 2 || socket.readyState !== socket.OPEN) return
    isLagging = false
    drained()
  }
  const bound = (waits: number): void => {
    if (waits >= limits.most) cut(socket, 1008, "too much was waiting to be read")
    else if (waits >= limits.pause) socket.pause()
    if (waits >= limits.free) isLagging = true
  }
  return {
    isFree: () => !isLagging,
    isStalled: (now: number) => socket.bufferedAmount > 0 && now - takenAt > limits.stall,
    send: (frame: OutFrame): void => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount === 0) takenAt = Date.now()
      const bytes = Buffer.from(written(frame))
      for (let at = 0; at < bytes.length; at += piece)
        socket.send(bytes.subarray(at, at + piece), { binary: false, fin: at + piece >= bytes.length }, taken)
      bound(socket.bufferedAmount)
    }
  }
}

/** Half-open connections: the far side is gone and nobody said so. */
const heartbeat = (socket: WebSocket, { ping }: Limits) => {
  let unanswered = 0
  // Not all at the same time.
  let next = Date.now() + ping * (0.5 + Math.random() / 2)
  return {
    alive: (): void => {
      unanswered = 0
    },
    beat: (now: number): void => {
      // Of a client that is not read from, no answer would be seen.
      if (now < next || socket.isPaused) return
      next = now + ping
      if (unanswered >= 2) return socket.terminate()
      unanswered++
      if (socket.readyState === socket.OPEN) socket.ping()
    }
  }
}

/** @param reason Cut to what a close frame holds. */
const close = (socket: WebSocket, code: number, reason: string): void => {
  const words = Buffer.from(reason)
    .subarray(0, 120)
    .toString()
    .replace(/\ufffd+$/, "")
  socket.close(code, words)
  // An answer is waited for by the library; it must be readable.
  if (socket.isPaused) socket.resume()
}

/** Says so, but waits for nothing: whoever reads nothing reads no goodbye either. */
const cut = (socket: WebSocket, code: number, reason: string): void => {
  close(socket, code, reason)
  socket.terminate()
}

/** The library hands over a buffer unless it was told otherwise. */
const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : "")

/** A tool's input or a notice holds what others made. */
const written = (frame: OutFrame): string => {
  try {
    return JSON.stringify(frame)
  } catch (error) {
    const message = `a frame of type ${frame.type} could not be written: ${String(error)}`
    return JSON.stringify({ type: "error", code: "internal", message } satisfies OutFrame)
  }
}

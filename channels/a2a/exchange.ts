/** One request and its response: who asks, where we are reached, and whether the answer is taken. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { isLoopback } from "../websocket/addresses.ts"
import type { User } from "../wire/wire.ts"

export interface Exchange {
  /** Of tasks and contexts; empty for this machine's own user. */
  readonly owner: string
  /** By which the caller reaches this server: `http://127.0.0.1:18800`. */
  readonly origin: string
  /** Of the protocol, without patch numbers. */
  readonly version: string
  /** The caller is a program of this machine. */
  readonly isLocal: boolean
  readonly isGone: () => boolean
  /** @returns how to forget it. */
  readonly gone: (then: () => void) => () => void
  /** Resolves when the caller takes more; who takes nothing for a minute is cut off. */
  readonly taken: () => Promise<void>
}

/** Milliseconds that written data may wait for a reader who takes nothing of it. */
const stall = 60_000

/** Milliseconds without news after which a line is written, so that whatever lies between keeps the stream open. */
const pulse = 20_000

export const exchange = (
  request: IncomingMessage,
  response: ServerResponse,
  { user, origin, version }: { readonly user: User; readonly origin: string; readonly version: string }
): Exchange => {
  const beat = setInterval(() => {
    if (isStream(response) && !response.writableNeedDrain && !response.writableEnded) response.write(": still here\n\n")
  }, pulse).unref()
  response.once("close", () => clearInterval(beat))
  return {
    owner: user.owner ?? "",
    origin,
    version,
    isLocal: isFromHere(request),
    isGone: () => response.destroyed || response.writableEnded,
    gone: (then) => {
      response.once("close", then)
      return () => void response.off("close", then)
    },
    taken: () => (response.writableNeedDrain ? drained(response) : Promise.resolve())
  }
}

const isStream = (response: ServerResponse): boolean =>
  response.headersSent && String(response.getHeader("content-type")).startsWith("text/event-stream")

/** What a proxy brings is not from here, though the proxy may be. */
const isFromHere = ({ socket: { remoteAddress = "" }, headers }: IncomingMessage): boolean =>
  isLoopback(remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "")) &&
  headers["x-forwarded-for"] === undefined &&
  headers.forwarded === undefined

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      response.off("drain", done).off("close", done)
      resolve()
    }
    const timer = setTimeout(() => response.destroy(), stall)
    response.once("drain", done).once("close", done)
  })

/** A command's output followed to its end. */
import type { Readable } from "node:stream"
import { within } from "./within.ts"

export interface Pipe {
  /**
   * Settles when nobody can write any more, or when nothing came for a moment: a process that was left behind may hold
   * the pipe open for ever. At the latest after two seconds.
   */
  readonly quiet: () => Promise<void>
  readonly close: () => void
}

/** Milliseconds without output after which no more is expected of a command that has ended. */
const grace = 250

/** @param stream `null`: nothing will come. */
export const follow = (stream: Readable | null, onData: (bytes: Uint8Array) => void): Pipe => {
  let pieces = 0
  stream?.on("data", (bytes: Buffer) => {
    pieces++
    onData(bytes)
  })
  const closed = new Promise<void>((resolve) => {
    if (stream === null) return resolve()
    stream.on("error", () => resolve()).on("close", () => resolve())
  })

  const quiet = async (): Promise<void> => {
    // More than once: after a busy moment of our own, the timer may be early and the data still unread.
    for (let rounds = 0, seen = -1; rounds < 8 && seen !== pieces; rounds++) {
      seen = pieces
      if (await within(closed, grace)) return
    }
  }
  return { quiet, close: () => stream?.destroy() }
}

/** A command's standard output and error as one stream, in the order in which they were written. */
import type { Readable } from "node:stream"
import { within } from "./within.ts"

/** How commands are run on this machine. */
export interface Shell {
  readonly name: "bash" | "sh"
  /** Whether a real pipe can be put between a command and us. */
  readonly piped: boolean
}

/** @param has Whether there is such a program. */
export const findShell = (has: (program: string) => boolean): Shell => {
  const name = has("bash") ? "bash" : "sh"
  return { name, piped: name === "bash" && process.platform === "linux" && has("setsid") && has("cat") }
}

/**
 * Arguments that make a shell run a command with both streams joined.
 *
 * Node's pipes are sockets, and on Linux `/dev/stdout` cannot be opened through a socket. So `cat` stands between: the
 * command writes into a pipe of the kernel's own kind. `cat` has a session of its own and ignores requests to end: it
 * ends when nobody can write any more, and what a dying program says last is not lost.
 */
export const joined = ({ name, piped }: Shell, command: string): ReadonlyArray<string> => {
  const streams = piped ? '> >(trap "" HUP INT TERM; exec setsid cat) 2>&1' : "2>&1"
  return ["-c", `exec "$0" -c "$1" ${streams}`, name, command]
}

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

export const follow = (stream: Readable, onData: (bytes: Uint8Array) => void): Pipe => {
  let pieces = 0
  stream.on("data", (bytes: Buffer) => {
    pieces++
    onData(bytes)
  })
  const closed = new Promise<void>((resolve) => stream.on("error", () => resolve()).on("close", () => resolve()))

  const quiet = async (): Promise<void> => {
    // More than once: after a busy moment of our own, the timer may be early and the data still unread.
    for (let rounds = 0, seen = -1; rounds < 8 && seen !== pieces; rounds++) {
      seen = pieces
      if (await within(closed, grace)) return
    }
  }
  return { quiet, close: () => stream.destroy() }
}

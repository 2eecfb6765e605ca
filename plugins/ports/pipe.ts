/**
 * A pipe whose write end is a command's standard output and error at once, so that both come in the order they were
 * written. Node's own pipes are sockets: there would have to be two, and `/dev/stdout` could not be opened through them.
 */
import { execFileSync } from "node:child_process"
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { within } from "./within.ts"

export interface Pipe {
  /** Descriptor for the command; ours must be closed when the command has it. */
  readonly writeEnd: number
  /**
   * Settles when nobody can write any more, or when nothing came for a moment: a process that was left behind may hold
   * the pipe open for ever. At the latest after two seconds.
   */
  readonly quiet: () => Promise<void>
  readonly close: () => void
}

/** Milliseconds without output after which no more is expected of a command that has ended. */
const grace = 250

export const openPipe = (onData: (bytes: Uint8Array) => void): Pipe => {
  const { readEnd, writeEnd } = makeFifo()
  const socket = new Socket({ fd: readEnd, readable: true, writable: false })
  let pieces = 0
  socket.on("data", (bytes: Buffer) => {
    pieces++
    onData(bytes)
  })
  const closed = new Promise<void>((resolve) => socket.on("error", () => resolve()).on("close", () => resolve()))

  const quiet = async (): Promise<void> => {
    // More than once: after a busy moment of our own, the timer may be early and the data still unread.
    for (let rounds = 0, seen = -1; rounds < 8 && seen !== pieces; rounds++) {
      seen = pieces
      if (await within(closed, grace)) return
    }
  }
  return { writeEnd, quiet, close: () => socket.destroy() }
}

/** Node cannot make a pipe of the kernel's own kind, but `mkfifo` can; its name is gone before anybody could use it. */
const makeFifo = (): { readonly readEnd: number; readonly writeEnd: number } => {
  const folder = mkdtempSync(join(tmpdir(), "kintsugi-"))
  try {
    const path = join(folder, "pipe")
    execFileSync("mkfifo", ["-m", "600", path], { stdio: "ignore" })
    // The reader first: opening the write end waits for one.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) }
    } catch (error) {
      closeSync(readEnd)
      throw error
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

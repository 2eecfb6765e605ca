/**
 * Pipes of the kernel's own kind. Node's are sockets, and on Linux `/dev/stdout` cannot be opened through a socket. Node
 * cannot make a pipe; `mkfifo` can make a named one. A process for each command would cost more than the command, so
 * a named pipe that nobody holds any more serves the next one.
 */
import { execFileSync } from "node:child_process"
import { constants, mkdtempSync, openSync, rmSync } from "node:fs"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { isMainThread } from "node:worker_threads"
import { guardFolder } from "./watchdog.ts"

export interface Fifo {
  readonly reader: Socket
  /** Descriptor for the command; ours must be closed when the command has it. */
  readonly writeEnd: number
}

const free: Array<string> = []
let folder: string | undefined
let made = 0
/** A worker closes the descriptors it opened when it ends, by then perhaps another's. */
let possible = isMainThread

/** @returns `undefined` where there can be none. */
export const openFifo = (): Fifo | undefined => {
  const path = free.pop() ?? (possible ? makeFifo() : undefined)
  if (path === undefined) return undefined
  // The reader first: opening the write end waits for one.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const reader = new Socket({ fd, readable: true, writable: false })
  // Its end means that nobody writes to it any more, its close that we do not read: then it is free. One that is closed
  // before its end may still have a writer: its name is given up.
  let hasEnded = false
  reader
    .on("end", () => void (hasEnded = true))
    .on("close", () => (hasEnded && isOurs(path) ? free.push(path) : rmSync(path, { force: true })))
  return { reader, writeEnd: openSync(path, constants.O_WRONLY) }
}

/** The folder is gone. */
const forget = (): void => {
  free.length = 0
  folder = undefined
}

const isOurs = (path: string): boolean => folder !== undefined && dirname(path) === folder

const makeFifo = (): string | undefined => {
  try {
    folder ??= guardFolder(mkdtempSync(join(tmpdir(), "kintsugi-pipes-")), forget)
    const path = join(folder, String(++made))
    execFileSync("mkfifo", ["-m", "600", path], { stdio: "ignore" })
    return path
  } catch {
    possible = false
    return undefined
  }
}

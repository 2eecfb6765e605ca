/**
 * A place in a process of its own, under Node's permission model, with frozen built-in objects, a scrubbed environment and
 * a heap limit; the leader of a process group that is killed as one.
 *
 * It may read its own code and what the entry needs, and write nothing, start nothing, load no native code. Signals to
 * others and SQLite, which Node's model forgets, are closed by us (confine.ts, a flag).
 *
 * Not blocked: the network (no socket is refused), what stands in the environment, and links inside the folders that may
 * be read, which are followed wherever they lead. Memory outside the heap is watched only where there is /proc.
 * When we are killed without a word, the end of its channel ends it, and the watchdog of plugins/ports one that loops.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, realpathSync } from "node:fs"
import { Socket } from "node:net"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { guard } from "../../plugins/ports/watchdog.ts"
import { within } from "../../plugins/ports/within.ts"
import { entry, entryFolders } from "./entry-files.ts"
import { type ChildEnding, endingOf } from "./ending.ts"
import { lineReader } from "./lines.ts"
import { placeOutput } from "./output.ts"
import { placeEnvironment } from "./place-environment.ts"
import { residentOf } from "./resident.ts"
import type { Listener, Transport, TransportOptions } from "./transport.ts"

export interface ChildTransport extends Transport {
  /** The entry has been loaded. Rejects when it ends before. */
  readonly ready: Promise<void>
  /** Whether it keeps us from ending. A spare does not. */
  readonly hold: (keeps: boolean) => void
}

/** Milliseconds in which what an ended process has written must have arrived. */
const drain = 200

/** @param folders What it may read besides what the entry needs. Real absolute paths. */
export const spawnChild = (folders: ReadonlyArray<string>, { cwd, limits }: TransportOptions): ChildTransport => {
  const child = spawn(process.execPath, [...flags(limits.heap, folders), entry], {
    cwd,
    env: placeEnvironment(process.env),
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"]
  })
  const [, stdout, stderr, orders, frames] = child.stdio
  const release = child.pid === undefined ? () => {} : guard({ group: child.pid })
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => {})

  let listener: Listener | undefined
  const early: Array<string> = []
  const excess = (what: string) => () => listener?.fault("output", `${what}, and was killed`)
  const output = placeOutput(
    limits.output,
    (line) => listener?.wrote(line),
    excess(`wrote more than ${64 * limits.output} bytes to its output`)
  )
  for (const stream of [stdout, stderr]) stream?.on("data", output.push)
  const hear = (line: string) => {
    ready.resolve()
    if (listener === undefined) early.push(line)
    else listener.line(line)
  }
  const reader = lineReader(limits.message, hear, excess(`sent a message of more than ${limits.message} bytes`))
  frames?.on("data", reader.push)
  for (const stream of child.stdio) stream?.on("error", () => {})

  const ended = endOf(child)
  const gone = ended.then((ending) => {
    release()
    const what = endingOf(ending, output.tail(), limits.heap)
    ready.reject(new Error(`a plugin's process ${what.text}`))
    listener?.fault(what.kind, what.text)
  })

  return {
    place: "child",
    pid: child.pid,
    send: (line) => write(orders, line),
    answer: (line) => write(frames, line),
    listen: (next) => {
      listener = next
      for (const line of early.splice(0)) next.line(line)
    },
    kill: () => kill(child),
    gone,
    resident: () => residentOf(child.pid),
    ready: ready.promise,
    hold: (keeps) => {
      for (const one of [child, ...child.stdio.filter((stream) => stream instanceof Socket)])
        if (keeps) one.ref()
        else one.unref()
    }
  }
}

const flags = (heap: number, folders: ReadonlyArray<string>): ReadonlyArray<string> => [
  "--permission",
  ...[...new Set([...entryFolders, ...entryFolders.map((path) => realpathSync(path)), ...folders])]
    // Node reads a star as “whatever begins like this”: a folder with one in its name stays closed.
    .filter((path) => !path.includes("*"))
    .flatMap((path) => [
      `--allow-fs-read=${path}`,
      // Of a folder that is not there yet, Node would allow the bare name only.
      ...(existsSync(path) ? [] : [`--allow-fs-read=${join(path, "*")}`])
    ]),
  "--frozen-intrinsics",
  // It opens files by itself, past the permissions.
  "--no-experimental-sqlite",
  "--disable-warning=ExperimentalWarning",
  `--max-old-space-size=${heap}`
]

const write = (stream: ChildProcess["stdio"][number], line: string): void => {
  if (stream !== null && stream !== undefined && "write" in stream) stream.write(`${line}\n`)
}

/** Its end and what it said before. Somebody else may hold its output open for ever, so that is not waited for. */
const endOf = async (child: ChildProcess): Promise<ChildEnding> => {
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()))
  const ending = await new Promise<ChildEnding>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal })).on("error", (error) => resolve({ error }))
  })
  if (!("error" in ending)) await within(closed, drain)
  return ending
}

const kill = (child: ChildProcess): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // What it still wants to say is of no interest, and may be without end.
  for (const stream of child.stdio) (stream as Readable | null)?.destroy()
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    child.kill("SIGKILL")
  }
}

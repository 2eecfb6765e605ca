/** What a host knows of the process or thread in which a plugin lives. */
import type { MessagePort } from "node:worker_threads"
import type { FaultKind, Limits, Place } from "./host.ts"

export interface Transport {
  readonly place: Exclude<Place, "in_process">
  readonly pid: number | undefined
  readonly send: (line: string) => void
  /** Answers a question for which the place stands still. */
  readonly answer: (line: string) => void
  /** Who hears it from now on. */
  readonly listen: (listener: Listener) => void
  readonly kill: () => void
  /** Resolves when it is gone. Never rejects. */
  readonly gone: Promise<void>
  /** MiB in memory, where that can be known. */
  readonly resident: () => number | undefined
}

export interface Listener {
  readonly line: (line: string) => void
  /** It has come to its end, or has to. `what` follows the plugin's name in a sentence. */
  readonly fault: (kind: FaultKind, what: string) => void
  /** A line that it wrote to its output. */
  readonly wrote: (line: string) => void
}

export interface TransportOptions {
  readonly cwd: string
  readonly limits: Limits
}

/** What a worker gets with its first message: the port and the flag for questions that are waited for. */
export interface Waited {
  readonly port: MessagePort
  readonly flag: Int32Array
}

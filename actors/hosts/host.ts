/**
 * Where a plugin's code runs: in this process, in a worker, in a child process. Behind each the same port, so the place is
 * configuration: a plugin whose functions may be called, and the news of its end.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Plugin } from "../../plugins/plugin.ts"

export type Place = "in_process" | "worker" | "child"

/** A plugin's code: an object of this process (in process only), or a module that exports one as its default. */
export type PluginSource =
  | { readonly plugin: Plugin }
  /** `name` is what it is called until it has said its own; `module` an absolute path. */
  | { readonly name: string; readonly module: string }

export type FaultKind =
  /** The module cannot be loaded, or exports no plugin. */
  | "load"
  /** It ended its own process or thread (`process.exit`, a signal, an abort). */
  | "exited"
  /** An error nobody caught: in a timer, a rejected promise, an emitter. */
  | "uncaught"
  /** It did not answer in time, or its event loop stood still: it was killed. */
  | "hung"
  /** The heap limit. */
  | "heap"
  /** Resident memory beyond its limit, for example in Buffers. */
  | "memory"
  /** Too much written, to its output or in one message. */
  | "output"
  /** A message that is none of ours. */
  | "protocol"
  /** The host let go of it. */
  | "closed"

/** The end of a place, and who is to blame for it. Its message says what happened and what it means for a call that was under way. */
export class HostFault extends Error {
  override readonly name = "HostFault"
  readonly kind: FaultKind
  readonly plugin: string
  readonly place: Place
  /** Tool of the call that did it, when that is known. */
  readonly tool: string | undefined
  constructor(
    fault: { readonly kind: FaultKind; readonly plugin: string; readonly place: Place; readonly tool?: string },
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options)
    this.kind = fault.kind
    this.plugin = fault.plugin
    this.place = fault.place
    this.tool = fault.tool
  }
}

export interface Host {
  readonly place: Place
  readonly pid: number | undefined
  /**
   * The plugin, its functions running in their place. A tool's own throw arrives as an error with its name, message,
   * code and stack; the end of the place under a call as a `HostFault`. `context.signal` reaches the far side; so do
   * `files`, `exec`, `fetch`, `progress` and `log`, each call confined by the host's own ports.
   */
  readonly plugin: Plugin
  /** Errors that broke nothing but were nobody's: `tool` when it is known whose call left them behind. */
  readonly onStray: (listener: (stray: { readonly error: Error; readonly tool: string | undefined }) => void) => void
  /** Never succeeds: fails when the place has ended, every pending call answered before. */
  readonly ended: Effect.Effect<never, HostFault>
  /** Ends the place at once, without asking: for a supervisor whose patience is over. Does nothing in process. */
  readonly kill: () => void
}

export interface Limits {
  /** MiB of heap. Default 256. */
  readonly heap: number
  /** MiB of resident memory, looked at twice a second while calls are under way, else every two, where /proc is. Default 1024. */
  readonly memory: number
  /** Bytes of one message. Default 16 MiB. */
  readonly message: number
  /** Bytes of standard output and error in all; beyond it is read and dropped, and beyond 64 times it is killed. Default 1 MiB. */
  readonly output: number
  /** Milliseconds that a place may leave a ping unanswered. Default 5000. */
  readonly silence: number
  /**
   * Milliseconds that a call may take to end after its abort before the place is pinged, and again, but at least 250,
   * before it is killed if it does not answer. Default 50.
   */
  readonly grace: number
  /** Milliseconds for loading the plugin, the start of its place included. Default 20,000. */
  readonly load: number
}

const MiB = 1024 * 1024

export const defaultLimits: Limits = {
  heap: 256,
  memory: 1024,
  message: 16 * MiB,
  output: MiB,
  silence: 5000,
  grace: 50,
  load: 20_000
}

/** What all hosts of a runtime share: its limits, its warm spare, where their output goes. */
export interface HostOptions {
  /** Absolute path of the working folder; places in processes of their own start in it. */
  readonly cwd: string
  /** Default: `defaultLimits` for what is not given. */
  readonly limits?: Partial<Limits>
  /** Hears what plugins write to standard output and error, each line with the plugin's name before it. Default: nobody. */
  readonly log?: (message: string) => void
  /** Milliseconds that a started plugin's `stop` may take when its place is closed. Default 1000. */
  readonly stopWithin?: number
  /**
   * Absolute paths of the modules that will be opened as children. Only for these a warm spare is kept: what a process may
   * read is fixed when it starts, so a spare may read the folders of all of them, and one plugin the code of another.
   * Without it every child starts cold and reads no code but its own.
   */
  readonly modules?: ReadonlyArray<string>
}

/** The places of one runtime; they end with the scope in which it was made. */
export interface Hosts {
  /** Closing the scope ends the place: a started plugin's `stop` within its time, then the whole process group. */
  readonly open: (place: Place, source: PluginSource) => Effect.Effect<Host, HostFault, Scope.Scope>
  /** Process id of the warm spare, when it is ready. */
  readonly spare: () => number | undefined
}

/**
 * Where a plugin's code runs: in this process, in a worker, in a child process. Behind each the same port, so the place is
 * configuration: a plugin whose functions may be called, and the news of its end.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Sources } from "../../healing/code.ts"
import type { Injection } from "../../healing/strategy.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { ToolContext } from "../../plugins/tool.ts"
import type { Extensions } from "../../plugins/extensions.ts"
import type { HookName } from "../../plugins/hooks.ts"
import type { Manifest } from "./manifest.ts"

export type Place = "in_process" | "worker" | "child"

/** A plugin's code: an object of this process (in process only), or a module that exports one as its default. */
export type PluginSource =
  | { readonly plugin: Plugin }
  /** `name` is what it is called until it has said its own; `module` an absolute path. */
  | {
      readonly name: string
      readonly module: string
      /** Texts that are run in place of files of the plugin's own folder, by real absolute path. */
      readonly sources?: Sources
      /** Absolute path of a folder, which need not exist yet, whose node_modules holds what was installed for it. */
      readonly packages?: string
    }

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
    // Until its stack is read for the first time, an error holds all that its frames hold: a dead place and what it said.
    void this.stack
    if (this.cause instanceof Error) void this.cause.stack
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
  /** The same as plain data: what may be kept to know the plugin by before its code runs. */
  readonly manifest: Manifest
  /** What it registers; `run` and `render` work in their place, like tools. */
  readonly extensions: Extensions
  /** Hooks that were asked at its loading and failed. */
  readonly failures: ReadonlyArray<{ readonly hook: HookName; readonly error: Error }>
  /** Errors that broke nothing but were nobody's: `tool` when it is known whose call left them behind. */
  readonly onStray: (listener: (stray: { readonly error: Error; readonly tool: string | undefined }) => void) => void
  /**
   * Puts a value where an attribute is missing, as an own property of that one object, until the place ends. `present`:
   * it is there already · `refused`: nothing may be put there (a name with a meaning of its own, a frozen object, a gate).
   */
  readonly inject: (injection: Injection) => Promise<"injected" | "present" | "refused">
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
  /** Absolute paths of the folders that hold what was installed for them: the spare may read these as well. */
  readonly packages?: ReadonlyArray<string>
}

/**
 * A place to try a plugin's code in, again and again, each time with other texts. A child of its own that reaches nothing:
 * no network, no environment, a heap of 128 MiB; clock and chance are the same at every try.
 */
export interface TrialPlace {
  readonly pid: number | undefined
  /** Whether its code has been loaded as often as it may be: a module that was imported never leaves the memory. */
  readonly isWorn: () => boolean
  /** Every file of the plugin's own anew. Rejects with what the code threw, after which it may be tried again, or with a HostFault. */
  readonly load: (sources: Sources, taskStartedAt: number) => Promise<Manifest>
  /** What `decode` of the tool gave. */
  readonly decode: (tool: string, input: unknown, taskStartedAt: number) => Promise<unknown>
  /** Its answer to an input that has not been decoded, as it is: unchecked. */
  readonly execute: (tool: string, input: unknown, context: ToolContext) => Promise<unknown>
  /** Its end. */
  readonly ended: Promise<HostFault>
  /** Ends it for not having answered in so many milliseconds: what is under way fails with that. */
  readonly giveUp: (milliseconds: number) => void
  /** Whether it keeps this process alive. */
  readonly hold: (keeps: boolean) => void
  /** Resolves when it is gone. */
  readonly close: () => Promise<void>
}

/** The places of one runtime; they end with the scope in which it was made. */
export interface Hosts {
  /** Closing the scope ends the place: a started plugin's `stop` within its time, then the whole process group. */
  readonly open: (place: Place, source: PluginSource) => Effect.Effect<Host, HostFault, Scope.Scope>
  /** A place to try a module in; nothing is loaded yet. Rejects when there is no such module. It is closed by its user, at the latest with all others. */
  readonly trial: (source: Extract<PluginSource, { readonly module: string }>) => Promise<TrialPlace>
  /** Process id of the warm spare, when it is ready. */
  readonly spare: () => number | undefined
}

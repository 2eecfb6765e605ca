/** What plugins add to a session for its user: commands, keys, widgets. */
import type { Observable } from "rxjs"
import type { CommandResult } from "../plugins/extensions.ts"

export interface OfferedCommand {
  readonly plugin: string
  readonly name: string
  readonly description: string
  /** What may stand behind the name; empty when nothing does. */
  readonly argument: string
  /** `/name argument` is sent as a message; absent: it is run. */
  readonly said?: true
}

export interface OfferedShortcut {
  readonly plugin: string
  readonly key: string
  readonly description: string
}

export interface OfferedWidget {
  readonly plugin: string
  readonly name: string
  readonly place: "above" | "status"
  /** Seconds between two renderings. */
  readonly every: number
}

export interface RunOptions {
  /** Stops what runs. */
  readonly signal?: AbortSignal
  /** Hears what it shows while it works. */
  readonly onProgress?: (text: string) => void
}

export interface SessionExtensions {
  /** What stands below may say something else now. */
  readonly changes: Observable<void>
  /** As plugins bring them now; of two with one name the first counts. */
  readonly commands: () => ReadonlyArray<OfferedCommand>
  readonly shortcuts: () => ReadonlyArray<OfferedShortcut>
  readonly widgets: () => ReadonlyArray<OfferedWidget>
  /** Never rejects: what fails is shown. Within `tools.timeout`. */
  readonly runCommand: (name: string, argument: string, options?: RunOptions) => Promise<CommandResult>
  readonly pressShortcut: (key: string, options?: RunOptions) => Promise<CommandResult>
  /** Empty when it fails, which is shown once. Within `plugins.hook_timeout`. */
  readonly renderWidget: (plugin: string, name: string) => Promise<string>
}

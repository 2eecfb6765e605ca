/** What all sessions of a runtime share, and what one of them is opened with. */
import type { Subject } from "rxjs"
import type { InspectionEvent } from "xstate"
import type { AgentNotice } from "../machines/events.ts"
import type { TextBuffers } from "../plugins/ports/text-buffers.ts"
import type { Environment } from "./folders.ts"
import type { HealingDesk } from "./healing/desk.ts"
import type { Heartbeat } from "./heartbeat.ts"
import type { Journal, SessionInfo } from "./journal.ts"
import type { Supervisor } from "./kernel/supervisor.ts"
import type { Models } from "./models.ts"
import type { OwnPlugins } from "./own-plugins.ts"
import type { PluginShelf } from "./plugin/shelf.ts"
import type { Settings } from "./settings.ts"
import type { StoreShelf } from "./store/stores.ts"
import type { Heritage } from "./subagents/superior.ts"

export interface Household {
  /** Absolute real path. */
  readonly cwd: string
  readonly env: Environment
  readonly settings: Settings
  readonly plugins: PluginShelf
  readonly desk: HealingDesk
  readonly agents: Supervisor
  readonly journal: Journal
  readonly models: Models
  readonly stores: StoreShelf
  readonly heartbeat: Heartbeat
  /** What is told to a session's channels beside its agent's own notices. */
  readonly told: Subject<{ readonly session: string; readonly notice: AgentNotice }>
  readonly keepers: OwnPlugins["keepers"]
  readonly completers: OwnPlugins["completers"]
  readonly modes: OwnPlugins["modes"]
  readonly briefings: OwnPlugins["briefings"]
  /** Whether files of the user and of the working folder are looked for, and whether the latter is trusted. */
  readonly discover: { readonly trusted: boolean } | undefined
  /** Folders outside of the working folder that tools may read. */
  readonly readable: ReadonlyArray<string>
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** Folder for long outputs; absent: they are deleted with the session. */
  readonly data: string | undefined
  readonly log: (message: string) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export interface Opening {
  readonly info: SessionInfo
  readonly isNew: boolean
  /** Absent: the session's own. */
  readonly model: string | undefined
  readonly unattended: boolean
  /** Default false. */
  readonly takesFiles?: boolean
  /** False: `Household.journal` is one of its own, and no file of it stays. Default true. */
  readonly isKept?: boolean
  /** As in `OpenOptions`. Default false. */
  readonly numbered?: boolean
  readonly goOn?: boolean
  readonly editor?: TextBuffers
  /** Of a subagent's session: what it has from the one that it works for. */
  readonly heritage?: Heritage
}

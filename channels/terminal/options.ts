/** What the chat is given by whoever starts it, and what a way of running it is given by the chat. */
import type { Observable } from "rxjs"
import type { Heals } from "../../actors/healing/heals.ts"
import type { Health } from "../../actors/health.ts"
import type { SessionInfo } from "../../actors/journal.ts"
import type { RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import type { Session, SessionView } from "../../actors/session-host.ts"
import type { Settings } from "../../actors/settings.ts"
import type { Content } from "../attachments.ts"
import type { Connection } from "../connect/link.ts"
import type { Theme } from "./text/paint.ts"
import type { Item } from "./view/view.ts"

/** A session, which others may change meanwhile. */
export interface ChatSession extends Session {
  /** `view` says something else; `moved`: the conversation goes on from another point. Absent: nobody else is there. */
  readonly renewed?: Observable<{ readonly moved: boolean }>
}

/** Where the sessions are, when that is not here. */
export interface Elsewhere {
  readonly name: string
  /** Begins with how it is now. */
  readonly connection: Observable<Connection>
  /** What the user is to know of it, in lines. */
  readonly told: Observable<string>
}

export interface ChatOptions {
  /** Opens a session, or goes on with one; called again by /sessions. @param from Session that the user leaves for it. */
  readonly open: (resume?: string, from?: string) => Promise<ChatSession>
  readonly resume?: string
  /** Of this folder, newest first. */
  readonly sessions: () => ReadonlyArray<SessionInfo> | Promise<ReadonlyArray<SessionInfo>>
  readonly models: () => Promise<ReadonlyArray<{ readonly id: string; readonly note: string }>>
  /** For /heals. */
  readonly heals: Heals
  /** For /plugins and /reload; absent where they cannot be managed from here. */
  readonly plugins?: RuntimePlugins
  /** For /health. */
  readonly health: () => Health | Promise<Health>
  readonly elsewhere?: Elsewhere
  /** What to call to go on with a session; default `kintsugi chat`. */
  readonly command?: string
  readonly ui: Settings["ui"]
  /** Lets go of all that is behind the sessions: called where a signal ends the process, so that nobody comes to it after the chat. */
  readonly release: () => Promise<void>
  /** What is to be told of a message's images before they are sent: that the model cannot see them. */
  readonly blindness?: (view: SessionView, content: Content) => ReadonlyArray<string>
  /** Shown at start: which model and why, what is not trusted … */
  readonly notes: ReadonlyArray<string>
  readonly version: string
  /** Folder in which the user is: images that a message mentions are looked up from there. */
  readonly cwd: string
}

export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

export interface RunOptions {
  readonly options: ChatOptions
  readonly session: ChatSession
  readonly theme: Theme
  readonly banner: Item
  readonly terminal: Terminal
}

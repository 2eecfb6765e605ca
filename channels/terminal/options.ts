/** What the chat is given by whoever starts it, and what a way of running it is given by the chat. */
import type { Heals } from "../../actors/healing/heals.ts"
import type { Health } from "../../actors/health.ts"
import type { SessionInfo } from "../../actors/journal.ts"
import type { RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import type { Session, SessionView } from "../../actors/session-host.ts"
import type { Settings } from "../../actors/settings.ts"
import type { Content } from "../attachments.ts"
import type { Theme } from "./text/paint.ts"
import type { Item } from "./view/view.ts"

export interface ChatOptions {
  /** Opens a session, or goes on with one; called again by /sessions. @param from Session that the user leaves for it. */
  readonly open: (resume?: string, from?: string) => Promise<Session>
  readonly resume?: string
  /** Of this folder, newest first. */
  readonly sessions: () => ReadonlyArray<SessionInfo>
  readonly models: () => Promise<ReadonlyArray<{ readonly id: string; readonly note: string }>>
  /** For /heals. */
  readonly heals: Heals
  /** For /plugins and /reload. */
  readonly plugins: RuntimePlugins
  /** For /health. */
  readonly health: () => Health
  readonly ui: Settings["ui"]
  /** What is to be told of a message's images before they are sent: that the model cannot see them. */
  readonly blindness?: (view: SessionView, content: Content) => ReadonlyArray<string>
  /** Shown at start: which model and why, what is not trusted … */
  readonly notes: ReadonlyArray<string>
  readonly version: string
  readonly cwd: string
}

export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

export interface RunOptions {
  readonly options: ChatOptions
  readonly session: Session
  readonly theme: Theme
  readonly banner: Item
  readonly terminal: Terminal
}

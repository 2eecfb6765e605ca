/**
 * The port through which channels reach sessions. Today sessions live in this process (`runtime.ts`); nothing to the
 * right of this file may assume so.
 */
import type { Observable } from "rxjs"
import type { ModelInfo } from "../llm/model.ts"
import type { AgentNotice, Spent, TerminalNotice, Transcript, UserEvent } from "../machines/events.ts"
import type { Mode } from "../plugins/permission.ts"

export interface OpenOptions {
  /** Id of a session to go on with, or `latest` of this working folder; absent: a new one. */
  readonly resume?: string
  /**
   * Nobody is there to answer questions: what would be asked is refused, and the answer names the flag that allows it.
   * Default false.
   */
  readonly unattended?: boolean
}

/** What a channel shows of a session besides its notices. */
export interface SessionView {
  readonly id: string
  readonly cwd: string
  readonly model: string
  readonly modelInfo: ModelInfo
  readonly permissions: Mode
  readonly state: "idle" | "thinking" | "acting" | "asking" | "compacting"
  readonly transcript: Transcript
  /** Of the whole session. */
  readonly spent: Spent
  /** Tokens of the newest request's prompt and reply: how full the context window is. 0 before the first. */
  readonly contextUsed: number
  /** For people, once: project instructions that were cut or could not be read. */
  readonly notices: ReadonlyArray<string>
  readonly tools: ReadonlyArray<{ readonly name: string; readonly description: string }>
}

export interface Session extends AsyncDisposable {
  readonly id: string
  /** Hot: what was said before subscribing is in `view().transcript`. Completes when the session closes. */
  readonly events: Observable<AgentNotice>
  readonly view: () => SessionView
  /** @throws when the session is closed, or the model id or mode is unknown. */
  readonly send: (event: UserEvent) => void
  /** Sends a text and waits for the notice that ends its turn. */
  readonly ask: (text: string) => Promise<TerminalNotice>
  /** Cancels a running turn, stops every process it started, and lets go of the journal. */
  readonly close: () => Promise<void>
}

export interface SessionHost {
  readonly open: (options?: OpenOptions) => Promise<Session>
  readonly close: () => Promise<void>
}

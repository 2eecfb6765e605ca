/**
 * The port through which channels reach sessions. Today sessions live in this process (`runtime.ts`); nothing to the
 * right of this file may assume so.
 */
import type { Observable } from "rxjs"
import type { UserMessage } from "../llm/message.ts"
import type { ModelInfo } from "../llm/model.ts"
import type { AgentNotice, Limits, Spent, TerminalNotice, Transcript, UserEvent } from "../machines/events.ts"
import type { Mode } from "../plugins/permission.ts"
import type { BackgroundView } from "../plugins/ports.ts"
import type { SessionNode } from "../plugins/session-node.ts"
import type { SessionExtensions } from "./session-extensions.ts"

export interface OpenOptions {
  /** Id of a session to go on with, or `latest` of this working folder; absent: a new one. */
  readonly resume?: string
  /**
   * Nobody is there to answer questions: what would be asked is refused, and the answer names the flag that allows it.
   * Default false.
   */
  readonly unattended?: boolean
  /** Id of the session whose place this one takes for the user; plugins are told. */
  readonly from?: string
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
  /** What it may spend at most. */
  readonly limits: Limits
  /** Tokens of the newest request's prompt and reply: how full the context window is. 0 before the first. */
  readonly contextUsed: number
  /** Agents that it has started in the background, oldest first. */
  readonly background: ReadonlyArray<BackgroundView>
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
  /** Sends a text, perhaps with images, and waits for the notice that ends its turn. */
  readonly ask: (said: string | UserMessage["content"]) => Promise<TerminalNotice>
  /** All that was said in it, on every branch, in the order in which it was said. */
  readonly tree: () => Promise<ReadonlyArray<SessionNode>>
  /**
   * Names the point where the conversation stands, so that one can go back to it. Without a label it keeps the one it has,
   * or gets the next number. Rejects when nothing was said yet, or another point has the name.
   */
  readonly fork: (label?: string) => Promise<SessionNode>
  /**
   * The conversation goes on from there; what was said since stays in the tree. Model, permissions and what was spent stay
   * as they are. Rejects while a turn runs, and when there is no such point. @param to A node's id, with or without `#` before it, or its label.
   */
  readonly switch: (to: string) => Promise<SessionNode>
  /** What plugins add for its user. */
  readonly extensions: SessionExtensions
  /** Cancels a running turn, stops every process it started, and lets go of the journal. */
  readonly close: () => Promise<void>
}

export interface SessionHost {
  readonly open: (options?: OpenOptions) => Promise<Session>
  readonly close: () => Promise<void>
}

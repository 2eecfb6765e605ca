/**
 * The port through which channels reach sessions. Today sessions live in this process (`runtime.ts`); nothing to the
 * right of this file may assume so.
 */
import type { UserMessage } from "../llm/message.ts"
import type { ModelInfo } from "../llm/model.ts"
import type { Limits, Question, Spent, TerminalNotice, Transcript, UserEvent } from "../machines/events.ts"
import type { Mode } from "../plugins/permission.ts"
import type { ContextUse } from "../plugins/context-use.ts"
import type { BackgroundView } from "../plugins/ports.ts"
import type { TextBuffers } from "../plugins/ports/text-buffers.ts"
import type { SessionNode } from "../plugins/session-node.ts"
import type { Feed } from "./feed.ts"
import type { SessionInfo } from "./journal.ts"
import type { SessionExtensions } from "./session-extensions.ts"
import type { SessionTools } from "./session-tools.ts"
import type { Notices } from "./session/notices.ts"
import type { SessionFiles } from "./session-files.ts"

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
  /**
   * Whose session it is: a new one becomes theirs, and one of somebody else cannot be told from one that does not exist.
   * Absent: that of this machine's user.
   */
  readonly owner?: string
  /**
   * Id of a new session, reserved for it before (`newSessionId`): whoever is told of an id need not be told of another, and nothing
   * is kept before something is said. Rejects with a JournalError `taken` when there is such a session.
   */
  readonly newId?: string
  /** Keeps what is told with numbers (`session.feed`), for readers that come and go. Default false. */
  readonly numbered?: boolean
  /**
   * A turn that ended with its process goes on by itself, unless that happened to it three times already: then it fails.
   * Default false: it stays cut short until the user says something.
   */
  readonly goOn?: boolean
  /**
   * False: nothing of a new session is kept, and nobody finds it, for whoever only calls its tools (`Session.tools`). Default true.
   */
  readonly isKept?: boolean
  /** Whoever is there can take files from the agent, which then has the tool `send_file`. Default false. */
  readonly takesFiles?: boolean
  /** An editor through which tools read and write text files, within what they may. Absent: they do so on disk. */
  readonly editor?: TextBuffers
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
  /** What waits for the user's word, oldest first. */
  readonly questions: ReadonlyArray<Question>
  /** Agents that it has started in the background, oldest first. */
  readonly background: ReadonlyArray<BackgroundView>
  /** For people, once: project instructions that were cut or could not be read. */
  readonly notices: ReadonlyArray<string>
  readonly tools: ReadonlyArray<{ readonly name: string; readonly description: string }>
}

export interface Session extends AsyncDisposable {
  readonly id: string
  /** Hot: what was said before subscribing is in `view().transcript`. Completes when the session closes. */
  readonly events: Notices
  readonly view: () => SessionView
  /**
   * Says something, and does not wait: a text, or any other event (`userMessage` makes a text into one whose id is known). What is
   * said while a turn runs is read before the model is asked next. @throws when the session is closed.
   */
  readonly send: (said: UserEvent | string) => void
  /**
   * Says a text, perhaps with images, and waits for the notice that ends its turn: a reply, a failure or a cancellation, as a
   * value (`replyOf` makes a text of it). Rejects when the session is closed, and when it closes without having ended the turn.
   */
  readonly ask: (said: string | UserMessage["content"], options?: AskOptions) => Promise<TerminalNotice>
  /** Stops the current turn: the model's stream and running tools at once. Messages that wait are kept. Nothing when none runs. */
  readonly cancel: () => void
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
  /** What fills its model's context now: how many tokens each part of the next request takes. */
  readonly context: () => Promise<ContextUse>
  /** What plugins add for its user. */
  readonly extensions: SessionExtensions
  /** Its tools, for whoever calls them instead of its model. */
  readonly tools: SessionTools
  /** What its user and its agent give each other. */
  readonly files: SessionFiles
  /** Of a session that was opened `numbered`. @throws when it was not. */
  readonly feed: () => Feed
  /** Cancels a running turn, stops every process it started, and lets go of the journal. */
  readonly close: (how?: CloseOptions) => Promise<void>
}

export interface AskOptions {
  /**
   * Cancels the turn that works on what was said, which then ends as `agent.cancelled`. Messages that came into one turn end
   * with it together. Aborted before: nothing is said.
   */
  readonly signal?: AbortSignal
}

export interface CloseOptions {
  /** The turn that runs is not cancelled but left as it is in the journal, to go on at the next opening (`goOn`). */
  readonly suspend?: boolean
}

export interface SessionHost {
  readonly open: (options?: OpenOptions) => Promise<Session>
  /** Newest first, those of the working folder, without subagents'. @param owner Absent: those of this machine's user. */
  readonly list: (filter?: { readonly owner?: string; readonly limit?: number }) => Promise<ReadonlyArray<SessionInfo>>
  readonly close: () => Promise<void>
}

/**
 * What a session told, numbered: the same numbers for every reader, before and after a restart of the process.
 *
 * A notice log (`feed/notice-log.ts`) keeps them beside the journal; whatever is shown to a reader is kept before it is shown, so
 * that no number ever means two things. What the journal has and the log has not, since a crash came between, is told again from
 * the journal at the next opening (`feed/catch-up.ts`), before anything else.
 *
 * Streamed pieces (`agent.text`, `agent.thinking`, `agent.calling`, `agent.progressed`) that come close together are joined
 * before they get a number, and those that nobody was shown before a crash are lost: the reply that they belong to follows
 * whole. Nothing else is joined or lost. Of what one call shows while it works the first 10,000 characters are kept, so that
 * a feed is at most some times as large as its journal.
 */
import type { Observable } from "rxjs"
import type { AgentNotice, TerminalNotice } from "../machines/events.ts"

/** A notice and its place among those of its session. */
export interface Numbered<Notice extends AgentNotice = AgentNotice> {
  /** From 1, without gaps. */
  readonly seq: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly notice: Notice
}

/** What became of a user's message. */
export type Fate =
  /** Nobody said it in this session. */
  | { readonly state: "unknown" }
  /** It waits, or is worked on. */
  | { readonly state: "open" }
  | { readonly state: "ended"; readonly end: Numbered<TerminalNotice> }

export interface Feed {
  /** Number of the newest that is kept; 0 before the first. */
  readonly last: () => number
  /** Number of the newest that was told, kept or not: not to be shown before `mark`, which is called later, has answered. */
  readonly told: () => number
  /**
   * Number of the newest of all that was told up to this call, once it is kept: what `view` shows at the time of the call is
   * what these have told. Rejects with a JournalError when it cannot be kept now.
   */
  readonly mark: () => Promise<number>
  /** Those after `after`, oldest first, at most `limit`. Rejects with a JournalError when they cannot be read. */
  readonly read: (after: number, limit: number) => Promise<ReadonlyArray<Numbered>>
  /**
   * Tells the newest number when there is a new one: not more often than some 60 times a second, but at once when a turn has
   * ended. Completes with the session.
   */
  readonly grown: Observable<number>
  /** Each message ends once, whatever crashes meanwhile. */
  readonly fateOf: (message: string) => Promise<Fate>
}

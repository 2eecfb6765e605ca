/**
 * All events of all sessions: append-only, one row an event, one writer a session.
 * `journal/sqlite-journal.ts` keeps them in one file per data folder, `journal/memory-journal.ts` for as long as the
 * process lives; `spec/actors/journal/journal.contract.ts` holds both to what is said here.
 *
 * Whatever a later step relies on is on disk before that step is taken; a reply that asks for calls gets there with the
 * first call that is started. Deltas (`model.text`, `model.thinking`,
 * `model.calling`, `tool.progressed`) are written lazily, joined with their neighbours, at most a quarter of a second
 * later; of what one call shows while it works the first 10,000 characters are kept.
 *
 * A session is a line of events today. As a tree it will carry, in a migration that rewrites no row: `events.parent`, the
 * seq of the event it follows, where null means the one before it, so that every old session is a tree with one branch;
 * `sessions.head`, the seq that the next event follows; and a table of labels (session, seq, name) for the points that were
 * forked from. `fork` names a point, `switch` moves the head, `compact` appends a summary whose parent is the branch
 * point; `read` then walks from the head to the root. Seq stays the order of writing, without gaps.
 */
import type { AgentEvent } from "../machines/events.ts"

export type JournalErrorKind =
  /** Another living process writes this session. */
  | "held"
  /** The lease went to another process: nothing more may be written with this writer. */
  | "lost"
  | "not_found"
  /** The beginning of an id fits several sessions. */
  | "ambiguous"
  /** The file is no database, not ours, or a row of it cannot be read. */
  | "damaged"
  /** A newer Kintsugi wrote it. */
  | "too_new"
  /** The disk, or another process that holds the file, refuses. */
  | "unavailable"
  /** An event holds what JSON does not know. */
  | "unstorable"
  | "closed"

/** The journal cannot do what was asked; the message says what to do next. */
export class JournalError extends Error {
  override readonly name = "JournalError"
  readonly kind: JournalErrorKind
  constructor(kind: JournalErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface SessionInfo {
  readonly id: string
  /** Working folder. */
  readonly cwd: string
  /** First user message, cut to one line. */
  readonly title: string
  readonly model: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  readonly updatedAt: number
  /** User messages in it. */
  readonly messages: number
}

export interface JournalRow {
  /** From 1, without gaps within a session. */
  readonly seq: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly event: AgentEvent
}

/** The right to write one session, held by one process at a time. */
export interface Writer {
  /** Durable on return, deltas excepted. @throws JournalError when the lease was lost or the disk refuses: then it is not written. */
  readonly append: (event: AgentEvent) => void
  /** Writes what is still pending, if that is possible, and gives up the lease. Never throws. */
  readonly close: () => void
}

export interface Journal {
  readonly create: (session: { readonly cwd: string; readonly model: string }) => SessionInfo
  /** Newest first. */
  readonly list: (filter?: { readonly cwd?: string; readonly limit?: number }) => ReadonlyArray<SessionInfo>
  /** By id or an unambiguous beginning of one. @throws JournalError when several begin so, naming them. */
  readonly find: (id: string) => SessionInfo | undefined
  /** What is written so far, without a writer's pending deltas. @throws JournalError on the way, naming the row it cannot read. */
  readonly read: (id: string, after?: number) => Iterable<JournalRow>
  /** Takes the lease. @throws JournalError when a living process holds it, naming it. */
  readonly write: (id: string) => Writer
  /** @throws JournalError while a living process holds it. */
  readonly delete: (id: string) => void
  /** Closes its writers, too. */
  readonly close: () => void
}

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
 * A session is a tree of events. Each follows one before it (`parent`), by default the one written last; the head is the
 * event that the next one will follow, so that moving it begins a branch. Nothing is ever taken away: `read` walks from the
 * head to the root, `readAll` gives every branch. Seq is the order of writing, without gaps within a session.
 */
import type { AgentEvent } from "../machines/events.ts"
import type { NoticeLog } from "./feed/notice-log.ts"

export type JournalErrorKind =
  /** Another living process writes this session. */
  | "held"
  /** The lease went to another process: nothing more may be written with this writer. */
  | "lost"
  | "not_found"
  /** The beginning of an id fits several sessions. */
  | "ambiguous"
  /** The session has no such event. */
  | "unknown_point"
  /** Another event of the session has this name, or another session this id. */
  | "taken"
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
  /** User messages in it, on all branches. */
  readonly messages: number
  /** The session whose agent began this one, and what for; absent: the user began it. */
  readonly parent?: { readonly session: string; readonly kind: "task" }
  /** Whose it is; absent: that of this machine's user. */
  readonly owner?: string
}

export interface JournalRow {
  /** From 1, without gaps within a session. */
  readonly seq: number
  /** Seq of the event that it follows; 0: it is the first. */
  readonly parent: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly event: AgentEvent
}

/** The right to write one session, held by one process at a time. */
export interface Writer {
  /** Durable on return, deltas excepted. @throws JournalError when the lease was lost or the disk refuses: then it is not written. */
  readonly append: (event: AgentEvent) => void
  /**
   * Gives an event a name, durably; its former one is forgotten.
   * @throws JournalError `unknown_point` when there is no such event, `taken` when another has the name.
   */
  readonly name: (seq: number, label: string) => void
  /** What is appended from now on follows this event. Durable. @throws JournalError `unknown_point` when there is none. */
  readonly moveTo: (seq: number) => void
  /** Seq of the newest event that is written, on whatever branch; 0 before the first. */
  readonly newest: () => number
  /** What the session told, beside its events and under the same lease. */
  readonly notices: NoticeLog
  /** Writes what is still pending, if that is possible, and gives up the lease. Never throws. */
  readonly close: () => void
}

/** Where a session stands, and which of its events have names. */
export interface Points {
  /** Seq of the event that the next one follows; 0 before the first. */
  readonly head: number
  readonly labels: ReadonlyArray<{ readonly seq: number; readonly label: string }>
}

/** Whose sessions are seen. */
export interface Whose {
  /** Absent: this machine's user. */
  readonly owner?: string | undefined
  /** Those of all owners. Default false. */
  readonly everyone?: boolean
}

export interface SessionFilter extends Whose {
  readonly cwd?: string
  readonly limit?: number | undefined
  /** Those that agents began, too. Default false. */
  readonly children?: boolean
  /** Only those that the agent of this session began, whoever's it is. */
  readonly parent?: string
}

export interface NewSession extends Pick<SessionInfo, "cwd" | "model" | "parent" | "owner"> {
  /** Made with `newSessionId`; absent: one is made. */
  readonly id?: string | undefined
}

export interface Journal {
  /** It has its parent's owner. @throws JournalError when there is no such parent, or a session has this id already. */
  readonly create: (session: NewSession) => SessionInfo
  /** Newest first. */
  readonly list: (filter?: SessionFilter) => ReadonlyArray<SessionInfo>
  /** By id or an unambiguous beginning of one. @throws JournalError when several begin so, naming them. */
  readonly find: (id: string, whose?: Whose) => SessionInfo | undefined
  /**
   * The events that lead to the head, without a writer's pending deltas. @throws JournalError on the way, naming the row it
   * cannot read.
   */
  readonly read: (id: string, after?: number) => Iterable<JournalRow>
  /** Every event of every branch, as they were written. @throws JournalError as `read` does. */
  readonly readAll: (id: string) => Iterable<JournalRow>
  readonly points: (id: string) => Points
  /**
   * Runs what appends to notice logs as one commit, all or none; whoever appends elsewhere does so for himself.
   * @throws whatever `act` does, and JournalErrors.
   */
  readonly together: (act: () => void) => void
  /** Takes the lease. @throws JournalError when a living process holds it, naming it. */
  readonly write: (id: string) => Writer
  /**
   * Together with what was told of it and with the sessions that its agent began, all or none.
   * @returns ids of all that were deleted. @throws JournalError while a living process holds one of them.
   */
  readonly delete: (id: string) => ReadonlyArray<string>
  /** Closes its writers, too. */
  readonly close: () => void
}

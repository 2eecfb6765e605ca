/** What cannot be done for a client, and how any failure becomes an `error` frame that tells nothing of others. */
import { LedgerError } from "../../actors/healing/ledger/error.ts"
import { FilesError } from "../../actors/session-files.ts"
import { JournalError, type JournalErrorKind } from "../../actors/journal.ts"
import { Conflict } from "../../healing/ledger.ts"
import type { AgentNotice } from "../../machines/events.ts"
import type { ErrorCode } from "./frames.ts"

/** An expected failure of a frame. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** One text for what does not exist and for what is somebody else's. */
export const noSession = (): Refusal =>
  new Refusal("no_session", "there is no such session; a frame {type: open} without session_id begins one")

export const stopping = (): Refusal =>
  new Refusal("stopping", "the server stops and begins nothing new; connect again in a while")

export interface Told {
  readonly code: ErrorCode
  readonly message: string
}

/**
 * What the client is told of an error; `isHidden`: its details are not the client's business, and belong into the log.
 *
 * @param isOperator The client is this machine's own user, who may know where things lie.
 */
export const toldOf = (error: unknown, isOperator: boolean): Told & { readonly isHidden?: true } => {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  if (error instanceof JournalError) return ofJournal(error, isOperator)
  if (error instanceof FilesError && error.kind === "unavailable" && !isOperator)
    return { code: "refused", message: kept, isHidden: true }
  if (error instanceof FilesError)
    return { code: error.kind === "unavailable" ? "refused" : error.kind, message: error.message }
  if (error instanceof LedgerError || error instanceof Conflict) return { code: "refused", message: error.message }
  // What the runtime refuses in words for its user is an Error and nothing more special; those of the system tell of paths.
  if (error instanceof Error && error.constructor === Error && !("code" in error))
    return { code: "refused", message: error.message }
  return { code: "internal", message: "a bug in Kintsugi; the log of the server says more", isHidden: true }
}

const kept = "sessions cannot be kept or read now; the log of the server says why, to whoever runs it"

/** The same for what a session tells of its own end (`code: "journal"`). @returns what anybody may know. */
export const withoutPlaces = (notice: AgentNotice): AgentNotice =>
  notice.type === "agent.failed" && notice.failure.code === "journal"
    ? { ...notice, failure: { ...notice.failure, message: kept } }
    : notice

/** Kinds whose messages tell of the client's own session alone. */
const ownAffairs: ReadonlySet<JournalErrorKind> = new Set(["taken", "lost", "closed"])

const ofJournal = ({ kind, message }: JournalError, isOperator: boolean): Told & { readonly isHidden?: true } => {
  if (kind === "not_found" || kind === "ambiguous") return { code: "no_session", message: noSession().message }
  if (kind === "held") return { code: "session_held", message }
  if (kind === "unknown_point") return { code: "not_found", message }
  if (isOperator || ownAffairs.has(kind)) return { code: "refused", message }
  return {
    code: "refused",
    message: kept,
    isHidden: true
  }
}

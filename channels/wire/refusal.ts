/** What cannot be done for a client, and how any failure becomes an `error` frame that tells nothing of others. */
import { LedgerError } from "../../actors/healing/ledger/error.ts"
import { FilesError } from "../../actors/session-files.ts"
import { JournalError } from "../../actors/journal.ts"
import { Conflict } from "../../healing/ledger.ts"
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

/** What the client is told of an error, and whether it is a bug, whose details are not the client's business. */
export const toldOf = (error: unknown): Told & { readonly isBug?: true } => {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  if (error instanceof JournalError) return ofJournal(error)
  if (error instanceof FilesError)
    return { code: error.kind === "unavailable" ? "refused" : error.kind, message: error.message }
  if (error instanceof LedgerError || error instanceof Conflict) return { code: "refused", message: error.message }
  // What the runtime refuses in words for its user is an Error and nothing more special; those of the system tell of paths.
  if (error instanceof Error && error.constructor === Error && !("code" in error))
    return { code: "refused", message: error.message }
  return { code: "internal", message: "a bug in Kintsugi; the log of the server says more", isBug: true }
}

const ofJournal = ({ kind, message }: JournalError): Told => {
  if (kind === "not_found" || kind === "ambiguous") return toldOf(noSession())
  if (kind === "held") return { code: "session_held", message }
  if (kind === "unknown_point") return { code: "not_found", message }
  return { code: "refused", message }
}

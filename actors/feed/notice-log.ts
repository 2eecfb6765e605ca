/**
 * What a session told, numbered and kept beside its events, under the same lease. `journal/sqlite-notices.ts` keeps it in the
 * journal's file, `journal/memory-notices.ts` for as long as the process lives; `spec/actors/feed/notice-log.contract.ts` holds
 * both to what is said here.
 *
 * Not synced: it survives a crash of the process, and a loss of power with the next durable event.
 */
import type { TerminalNotice } from "../../machines/events.ts"
import type { Numbered } from "../feed.ts"

/** All of it throws JournalErrors. */
export interface NoticeLog {
  readonly end: () => NoticeLogEnd
  /**
   * All or none; numbers go on without gaps. A message ends with the first terminal notice that names it.
   *
   * @param event Seq of the newest event of which everything that was told is kept with this.
   */
  readonly append: (batch: ReadonlyArray<Numbered>, event: number) => void
  /** Those after `after`, oldest first, at most `limit`, and not many more megabytes than one. */
  readonly read: (after: number, limit: number) => ReadonlyArray<Numbered>
  /** The notice that ended this message. */
  readonly endOf: (message: string) => Numbered<TerminalNotice> | undefined
}

export interface NoticeLogEnd {
  /** Number of the newest; 0 before the first. */
  readonly last: number
  /** Seq of the newest event of which everything that was told is kept; 0: of none. */
  readonly event: number
}

/** Characters that one `read` gives before it stops, the notice that reaches them included. */
export const readLimit = 1_000_000

/** What a session told, in the file of its events. */
import { JournalError } from "../journal.ts"
import type { Numbered } from "../feed.ts"
import { type NoticeLog, readLimit } from "../feed/notice-log.ts"
import { isTerminal } from "../session/said.ts"
import { ended } from "./memory-notices.ts"
import { type Guarded, need, type Row, type Statements } from "./sqlite-statements.ts"

/** Rows fetched at a time: some hold the whole output of a tool. */
const page = 64

/**
 * @param id Of the session.
 * @param commit One transaction of whoever has the lease; it notes the newest event of which everything told is kept.
 */
export const sqliteNotices = (
  use: Statements,
  id: string,
  guarded: Guarded,
  commit: (event: number, act: () => void) => void
): NoticeLog => ({
  end: () => guarded(() => ({ last: Number(use.lastNotice.get(id)?.seq ?? 0), event: Number(need(use, id).told) })),
  append: (batch, event) => {
    const rows = batch.map(({ seq, at, notice }) => [id, seq, at, JSON.stringify(notice)] as const)
    commit(event, () => {
      for (const row of rows) use.addNotice.run(...row)
      for (const { seq, notice } of batch) {
        if (!isTerminal(notice)) continue
        for (const message of notice.messages) use.addEnd.run(id, message, seq)
      }
    })
  },
  read: (after, limit) => {
    const found: Array<Numbered> = []
    let size = 0
    for (let seq = after; found.length < limit && size < readLimit;) {
      const rows = guarded(() => use.notices.all(id, seq, Math.min(page, limit - found.length)))
      for (const row of rows) {
        if (size >= readLimit) break
        size += String(row.notice).length
        found.push(toNumbered(id, row))
      }
      if (rows.length < page) break
      seq = found.at(-1)?.seq ?? seq
    }
    return found
  },
  endOf: (message) =>
    guarded(() => {
      const row = use.endOf.get(id, message)
      return row === undefined ? undefined : ended(toNumbered(id, row))
    })
})

const toNumbered = (id: string, { seq, at, notice }: Row): Numbered => {
  try {
    return { seq: Number(seq), at: Number(at), notice: JSON.parse(String(notice)) }
  } catch (cause) {
    throw new JournalError(
      "damaged",
      `notice ${String(seq)} of session ${id} cannot be read; its events can still be had with: kintsugi session export ${id}`,
      { cause }
    )
  }
}

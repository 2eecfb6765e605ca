/** What a session told, for as long as its process lives. */
import type { Numbered } from "../feed.ts"
import { type NoticeLog, readLimit } from "../feed/notice-log.ts"
import { isTerminal } from "../session/said.ts"

export const memoryNotices = (): NoticeLog => {
  /** As JSON, so that nobody can change them. */
  const rows: Array<{ readonly at: number; readonly json: string }> = []
  /** By the message that it ended, the number of the notice. */
  const ends = new Map<string, number>()
  let told = 0

  const at = (seq: number): Numbered => {
    const { at, json } = rows[seq - 1]!
    return { seq, at, notice: JSON.parse(json) }
  }

  return {
    end: () => ({ last: rows.length, event: told }),
    append: (batch, event) => {
      rows.push(...batch.map(({ at, notice }) => ({ at, json: JSON.stringify(notice) })))
      told = event
      for (const { seq, notice } of batch) {
        if (!isTerminal(notice)) continue
        for (const message of notice.messages) if (!ends.has(message)) ends.set(message, seq)
      }
    },
    read: (after, limit) => {
      const found: Array<Numbered> = []
      let size = 0
      for (let n = after; n < rows.length && found.length < limit && size < readLimit; n++) {
        size += rows[n]!.json.length
        found.push(at(n + 1))
      }
      return found
    },
    endOf: (message) => {
      const seq = ends.get(message)
      return seq === undefined ? undefined : ended(at(seq))
    }
  }
}

/** Only such are named as the end of a message. */
export const ended = ({ notice, ...place }: Numbered): ReturnType<NoticeLog["endOf"]> =>
  isTerminal(notice) ? { ...place, notice } : undefined

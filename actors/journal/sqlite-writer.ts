/** The right to write one session of the file, held by its epoch: whoever takes it over counts it up. */
import type { DatabaseSync } from "node:sqlite"
import { JournalError, type Writer } from "../journal.ts"
import { transact } from "../sqlite-file.ts"
import type { Stamped } from "./deltas.ts"
import { attempt, type BatchStore, lazyWriter } from "./lazy-writer.ts"
import { describeHolder, heartbeat, isAlive, leaseTime, readHolder, thisProcess } from "./lease.ts"
import { noted, taken, unknownPoint } from "./session-info.ts"
import { sqliteNotices } from "./sqlite-notices.ts"
import { type Guarded, headOf, lazily, need, type Row, type Statements, toInfo } from "./sqlite-statements.ts"
import { toJson } from "./stored-event.ts"

/** A session that no living process writes; belongs in a transaction with what relies on it. */
export const needFree = (use: Statements, id: string): Row => {
  const row = need(use, id)
  const holder = typeof row.holder === "string" ? readHolder(row.holder) : undefined
  if (holder === undefined || !isAlive(holder, Number(row.lease_until), Date.now())) return row
  throw new JournalError("held", `session ${id} is open in ${describeHolder(holder)}; close it there first`)
}

export const openWriter = (
  db: DatabaseSync,
  use: Statements,
  guarded: Guarded,
  id: string,
  onClose: () => void
): Writer => {
  const row = guarded(() =>
    lazily(db, () => {
      const before = needFree(use, id)
      use.take.run(JSON.stringify(thisProcess()), Date.now() + leaseTime, id)
      return before
    })
  )
  // Within `Journal.together` there is a transaction already.
  const commit: Commit = (durable, act) =>
    guarded(() => (durable ? transact(db, act) : db.isTransaction ? act() : lazily(db, act)))
  const lease = holdLease(use, row, guarded, commit)
  // A sign of life that cannot be given now is given the next time, or by the next event.
  const beat = setInterval(() => attempt(lease.renew), heartbeat).unref()
  return lazyWriter(id, {
    ...lease,
    release: () => {
      onClose()
      clearInterval(beat)
      lease.release()
    }
  })
}

type Commit = (durable: boolean, act: () => void) => void

/** What a writer may do while its epoch is the session's. */
const holdLease = (
  use: Statements,
  row: Row,
  guarded: Guarded,
  commit: Commit
): BatchStore & { readonly renew: () => void } => {
  const id = String(row.id)
  const epoch = Number(row.epoch) + 1
  let seq = Number(row.seq)
  let head = headOf(row)
  let info = toInfo(row)
  const mustHold = ({ changes }: { readonly changes: number | bigint }): void => {
    if (changes !== 0) return
    throw new JournalError(
      "lost",
      `session ${id} was taken over by another process or deleted; nothing more is written here`
    )
  }
  const until = () => Date.now() + leaseTime
  const mustHave = (point: number): void => {
    if (!Number.isSafeInteger(point) || point < 1 || point > seq) throw unknownPoint(id, point)
  }
  return {
    write: (rows: ReadonlyArray<Stamped>, durable): void => {
      const next = rows.reduce((now, { event, at }) => noted(now, event, at), info)
      commit(durable, () => {
        const { updatedAt, title, model, messages } = next
        mustHold(use.note.run(seq + rows.length, updatedAt, until(), title, model, messages, id, epoch))
        rows.forEach(({ event, at }, n) =>
          use.append.run(id, seq + n + 1, n === 0 && head !== seq ? head : null, at, toJson(event))
        )
      })
      info = next
      head = seq += rows.length
    },
    name: (point, label) => {
      mustHave(point)
      commit(true, () => {
        mustHold(use.renew.run(until(), id, epoch))
        if (use.labelled.get(id, label, point) !== undefined) throw taken(label)
        use.label.run(id, point, label)
      })
    },
    moveTo: (point) => {
      mustHave(point)
      commit(true, () => mustHold(use.moveTo.run(point, id, epoch)))
      head = point
    },
    newest: () => seq,
    notices: sqliteNotices(use, id, guarded, (event, act) =>
      commit(false, () => {
        mustHold(use.noteTold.run(event, until(), id, epoch))
        act()
      })
    ),
    renew: () => commit(false, () => void use.renew.run(until(), id, epoch)),
    release: () => commit(false, () => void use.release.run(id, epoch))
  }
}

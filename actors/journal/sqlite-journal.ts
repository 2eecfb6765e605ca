/** The journal in one SQLite file (WAL) that many processes share. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { JournalError, type Journal, type SessionInfo, type Writer } from "../journal.ts"
import { attempt, lazyWriter } from "./lazy-writer.ts"
import { describeHolder, heartbeat, isAlive, leaseTime, readHolder, thisProcess } from "./lease.ts"
import { newSessionId, plainId } from "./session-id.ts"
import { notFound, noted, only } from "./session-info.ts"
import { transact } from "../sqlite-file.ts"
import { openDatabase, translated } from "./sqlite-file.ts"
import { toJson, toRow } from "./stored-event.ts"
import type { Stamped } from "./deltas.ts"

/** Rows fetched at a time, so that a long session is never in memory as a whole. */
const page = 256

/** @throws JournalError saying what to do when the file cannot be used. */
export const openJournal = (file: string): Journal => {
  const db = openDatabase(file)
  const use = translated(file, () => statements(db))
  const writers = new Set<Writer>()
  const guarded: Guarded = (act) => {
    if (!db.isOpen) throw new JournalError("closed", "the journal is closed")
    return translated(file, act)
  }

  return {
    // Not synced, no more than a lease: its first message brings both to the disk.
    create: ({ cwd, model }) => guarded(() => lazily(db, () => insertSession(use, cwd, model))),
    list: ({ cwd, limit } = {}) =>
      guarded(() => (cwd === undefined ? use.newest.all(limit ?? -1) : use.newestIn.all(cwd, limit ?? -1)).map(toInfo)),
    find: (typed) =>
      guarded(() => {
        const id = plainId(typed)
        return id === "" ? undefined : only(typed, use.beginning.all(id, `${id}~`).map(toInfo))
      }),
    *read(id, after = 0) {
      guarded(() => need(use, id))
      for (let seq = after; ;) {
        const rows = guarded(() => use.events.all(id, seq, page))
        for (const row of rows) yield toRow(id, (seq = Number(row.seq)), Number(row.at), String(row.event))
        if (rows.length < page) return
      }
    },
    write: (id) => {
      const writer = openWriter(db, use, guarded, id, () => writers.delete(writer))
      writers.add(writer)
      return writer
    },
    delete: (id) =>
      guarded(() =>
        transact(db, () => {
          needFree(use, id)
          use.deleteEvents.run(id)
          use.deleteSession.run(id)
        })
      ),
    close: () => {
      for (const writer of writers) writer.close()
      if (db.isOpen) db.close()
    }
  }
}

/** Runs what needs the open file, its failures as JournalErrors. */
type Guarded = <Result>(act: () => Result) => Result

const need = (use: Statements, id: string): Row => {
  const row = use.session.get(id)
  if (row === undefined) throw notFound(id)
  return row
}

/** A session that no living process writes; belongs in a transaction with what relies on it. */
const needFree = (use: Statements, id: string): Row => {
  const row = need(use, id)
  const holder = typeof row.holder === "string" ? readHolder(row.holder) : undefined
  if (holder === undefined || !isAlive(holder, Number(row.lease_until), Date.now())) return row
  throw new JournalError("held", `session ${id} is open in ${describeHolder(holder)}; close it there first`)
}

const openWriter = (db: DatabaseSync, use: Statements, guarded: Guarded, id: string, onClose: () => void): Writer => {
  const row = guarded(() =>
    lazily(db, () => {
      const before = needFree(use, id)
      use.take.run(JSON.stringify(thisProcess()), Date.now() + leaseTime, id)
      return before
    })
  )
  const lease = holdLease(use, row, (durable, act) => guarded(() => (durable ? transact : lazily)(db, act)))
  // A sign of life that cannot be given now is given the next time, or by the next event.
  const beat = setInterval(() => attempt(lease.renew), heartbeat).unref()
  return lazyWriter(id, {
    write: lease.write,
    release: () => {
      onClose()
      clearInterval(beat)
      lease.release()
    }
  })
}

type Row = Record<string, SQLOutputValue>

const columns = "id, cwd, title, model, created_at, updated_at, messages"

const statements = (db: DatabaseSync) => ({
  session: db.prepare("select * from sessions where id = ?"),
  newest: db.prepare(`select ${columns} from sessions order by updated_at desc, id desc limit ?`),
  newestIn: db.prepare(`select ${columns} from sessions where cwd = ? order by updated_at desc, id desc limit ?`),
  beginning: db.prepare(`select ${columns} from sessions where id >= ? and id < ? order by id limit 10`),
  create: db.prepare(`insert into sessions (${columns}) values (?, ?, '', ?, ?, ?, 0) on conflict do nothing`),
  take: db.prepare("update sessions set epoch = epoch + 1, holder = ?, lease_until = ? where id = ?"),
  renew: db.prepare("update sessions set lease_until = ? where id = ? and epoch = ?"),
  release: db.prepare("update sessions set holder = null where id = ? and epoch = ?"),
  note: db.prepare(
    "update sessions set seq = ?, updated_at = ?, lease_until = ?, title = ?, model = ?, messages = ? where id = ? and epoch = ?"
  ),
  append: db.prepare("insert into events (session, seq, at, event) values (?, ?, ?, ?)"),
  events: db.prepare("select seq, at, event from events where session = ? and seq > ? order by seq limit ?"),
  deleteEvents: db.prepare("delete from events where session = ?"),
  deleteSession: db.prepare("delete from sessions where id = ?")
})

type Statements = ReturnType<typeof statements>

const toInfo = (row: Row): SessionInfo => ({
  id: String(row.id),
  cwd: String(row.cwd),
  title: String(row.title),
  model: String(row.model),
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
  messages: Number(row.messages)
})

const insertSession = (use: Statements, cwd: string, model: string): SessionInfo => {
  const now = Date.now()
  const id = newSessionId(now)
  const { changes } = use.create.run(id, cwd, model, now, now)
  // Two sessions in one millisecond drew the same lot.
  if (changes === 0) return insertSession(use, cwd, model)
  return { id, cwd, title: "", model, createdAt: now, updatedAt: now, messages: 0 }
}

/** A transaction that survives a crash of the process, and a loss of power only with the next synced one; the order is kept in both. */
const lazily = <Result>(db: DatabaseSync, act: () => Result): Result => {
  db.exec("pragma synchronous = normal")
  try {
    return transact(db, act)
  } finally {
    db.exec("pragma synchronous = full")
  }
}

/** What a writer may do while its epoch is the session's. */
const holdLease = (use: Statements, row: Row, commit: (durable: boolean, act: () => void) => void) => {
  const id = String(row.id)
  const epoch = Number(row.epoch) + 1
  let seq = Number(row.seq)
  let info = toInfo(row)
  return {
    write: (rows: ReadonlyArray<Stamped>, durable: boolean): void => {
      const next = rows.reduce((now, { event, at }) => noted(now, event, at), info)
      const until = Date.now() + leaseTime
      commit(durable, () => {
        const { changes } = use.note.run(
          seq + rows.length,
          next.updatedAt,
          until,
          next.title,
          next.model,
          next.messages,
          id,
          epoch
        )
        if (changes === 0)
          throw new JournalError(
            "lost",
            `session ${id} was taken over by another process or deleted; nothing more is written here`
          )
        rows.forEach(({ event, at }, n) => use.append.run(id, seq + n + 1, at, toJson(event)))
      })
      info = next
      seq += rows.length
    },
    renew: (): void => commit(false, () => void use.renew.run(Date.now() + leaseTime, id, epoch)),
    release: (): void => commit(false, () => void use.release.run(id, epoch))
  }
}

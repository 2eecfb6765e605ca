/** What is asked of the file of sessions, prepared once, and how its rows are read. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import type { SessionInfo } from "../journal.ts"
import { transact } from "../sqlite-file.ts"
import { notFound } from "./session-info.ts"
import type { StoredRow } from "./stored-event.ts"

export type Row = Record<string, SQLOutputValue>

const columns = "id, cwd, title, model, created_at, updated_at, messages, parent, parent_kind, owner"

const here = "(:cwd is null or cwd = :cwd) and (:children or parent is null)"

const sessionsWhere = (condition: string): string =>
  `select ${columns} from sessions where ${condition} order by updated_at desc, id desc limit :limit`

export const statements = (db: DatabaseSync) => ({
  session: db.prepare("select * from sessions where id = ?"),
  newest: db.prepare(sessionsWhere(`(:everyone or owner is null) and ${here}`)),
  owned: db.prepare(sessionsWhere(`owner = :owner and ${here}`)),
  childrenOf: db.prepare(sessionsWhere("parent = :parent and (:cwd is null or cwd = :cwd)")),
  beginning: db.prepare(
    `select ${columns} from sessions where id >= :from and id < :until and (:everyone or owner is :owner)
      order by id limit 10`
  ),
  create: db.prepare(`insert into sessions (${columns}) values (?, ?, '', ?, ?, ?, 0, ?, ?, ?) on conflict do nothing`),
  take: db.prepare("update sessions set epoch = epoch + 1, holder = ?, lease_until = ? where id = ?"),
  renew: db.prepare("update sessions set lease_until = ? where id = ? and epoch = ?"),
  release: db.prepare("update sessions set holder = null where id = ? and epoch = ?"),
  note: db.prepare(
    `update sessions set seq = ?, head = null, updated_at = ?, lease_until = ?, title = ?, model = ?, messages = ?
      where id = ? and epoch = ?`
  ),
  append: db.prepare("insert into events (session, seq, parent, at, event) values (?, ?, ?, ?, ?)"),
  moveTo: db.prepare("update sessions set head = ? where id = ? and epoch = ?"),
  events: db.prepare(
    `select seq, coalesce(parent, seq - 1) as parent, at, event from events
      where session = ? and seq > ? and seq <= ? order by seq limit ?`
  ),
  /** The newest event up to here that does not follow the one before it. */
  jump: db.prepare(
    "select seq, parent from events where session = ? and seq <= ? and parent is not null order by seq desc limit 1"
  ),
  labels: db.prepare("select seq, label from labels where session = ? order by seq"),
  labelled: db.prepare("select seq from labels where session = ? and label = ? and seq <> ?"),
  label: db.prepare("insert or replace into labels (session, seq, label) values (?, ?, ?)"),
  lastNotice: db.prepare("select max(seq) as seq from notices where session = ?"),
  noteTold: db.prepare("update sessions set told = ?, lease_until = ? where id = ? and epoch = ?"),
  addNotice: db.prepare("insert into notices (session, seq, at, notice) values (?, ?, ?, ?)"),
  notices: db.prepare("select seq, at, notice from notices where session = ? and seq > ? order by seq limit ?"),
  addEnd: db.prepare("insert into ends (session, message, seq) values (?, ?, ?) on conflict do nothing"),
  endOf: db.prepare(
    `select notices.seq, at, notice from ends join notices using (session, seq)
      where ends.session = ? and message = ?`
  ),
  deleteNotices: db.prepare("delete from notices where session = ?"),
  deleteEnds: db.prepare("delete from ends where session = ?"),
  deleteLabels: db.prepare("delete from labels where session = ?"),
  deleteEvents: db.prepare("delete from events where session = ?"),
  deleteSession: db.prepare("delete from sessions where id = ?")
})

/** Runs what needs the open file, its failures as JournalErrors. */
export type Guarded = <Result>(act: () => Result) => Result

export type Statements = ReturnType<typeof statements>

export const toInfo = (row: Row): SessionInfo => ({
  id: String(row.id),
  cwd: String(row.cwd),
  title: String(row.title),
  model: String(row.model),
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
  messages: Number(row.messages),
  ...(typeof row.parent === "string" ? { parent: { session: row.parent, kind: "task" as const } } : {}),
  ...(typeof row.owner === "string" ? { owner: row.owner } : {})
})

export const toStored = (row: Row): StoredRow => ({
  seq: Number(row.seq),
  parent: Number(row.parent),
  at: Number(row.at),
  json: String(row.event)
})

/** Seq of the event that the next one of this session follows. */
export const headOf = ({ head, seq }: Row): number => Number(head ?? seq)

export const need = (use: Statements, id: string): Row => {
  const row = use.session.get(id)
  if (row === undefined) throw notFound(id)
  return row
}

/** A transaction that survives a crash of the process, and a loss of power only with the next synced one; the order is kept in both. */
export const lazily = <Result>(db: DatabaseSync, act: () => Result): Result => {
  db.exec("pragma synchronous = normal")
  try {
    return transact(db, act)
  } finally {
    db.exec("pragma synchronous = full")
  }
}

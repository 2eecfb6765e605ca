/** The SQLite file of the seams: its schema, and how it says what is wrong with it. */
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { type FileKind, migrate, openSqlite, translated } from "../sqlite-file.ts"
import { LedgerError } from "./ledger/error.ts"

/** What was written is refused to be written over: a seam's story only gets longer. */
const kept = (table: string): string => `
  create trigger ${table}_changed before update on ${table} begin select raise(abort, '${table} are append-only'); end;
  create trigger ${table}_deleted before delete on ${table} begin select raise(abort, '${table} are append-only'); end;`

const migrations: ReadonlyArray<string> = [
  `create table seams (
    seq integer primary key,
    id text not null unique,
    plugin text not null,
    root text,
    -- With which it was born.
    status text not null,
    seam text not null
  ) strict;
  create index seams_by_root on seams (root);
  create table marks (
    seq integer primary key,
    seam text not null,
    time integer not null,
    status text not null,
    reason text not null
  ) strict;
  create index marks_by_seam on marks (seam);
  create table texts (hash text primary key, content blob not null) strict;
  -- What runs in place of a file, and the bytes of the file for which that holds.
  create table heads (
    path text primary key,
    root text not null,
    hash text not null,
    base text not null,
    seam text not null
  ) strict;
  create index heads_by_root on heads (root);
  -- Files that are to be written together; what is decided stands here before the first is touched.
  create table writes (
    id integer primary key,
    plan text not null,
    -- Null until it is done, empty when it is, else why it was taken back.
    outcome text
  ) strict;
  create view told as
    select s.seq, s.id, s.plugin, s.root, s.seam, coalesce(m.status, s.status) as status, m.time, m.reason
    from seams s left join marks m on m.seq = (select max(seq) from marks where seam = s.id);
  ${kept("seams")}
  ${kept("marks")}`
]

const kind: FileKind = {
  holds: "heals",
  // "KinH".
  applicationId: 0x4b696e48,
  migrations,
  error: (_, message, options) => new LedgerError(message, options)
}

/** An open ledger's database, and what turns SQLite's words into what the user can do. */
export interface LedgerFile {
  readonly db: DatabaseSync
  readonly guarded: <Result>(act: () => Result) => Result
}

/** @param data Kintsugi's data folder. */
export const healsFile = (data: string): string => join(data, "heals.db")

/** @throws LedgerError; whatever is wrong with the file, it stays as it is. */
export const openLedgerFile = (file: string): LedgerFile => ({
  db: openSqlite(file, kind),
  guarded: (act) => translated(file, kind, act)
})

/** Gone with its process. */
export const ledgerInMemory = (): LedgerFile => {
  const db = new DatabaseSync(":memory:")
  migrate(db, kind)
  return { db, guarded: (act) => translated("memory", kind, act) }
}

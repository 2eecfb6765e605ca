/** The SQLite file of the sessions: its schema, and how it says what is wrong with it. */
import type { DatabaseSync } from "node:sqlite"
import { JournalError } from "../journal.ts"
import { type FileKind, openSqlite, translated as translatedAs } from "../sqlite-file.ts"

const migrations: ReadonlyArray<string> = [
  `create table sessions (
    id text primary key,
    cwd text not null,
    title text not null,
    model text not null,
    created_at integer not null,
    updated_at integer not null,
    messages integer not null,
    -- Newest event.
    seq integer not null default 0,
    -- Counts the writers; an append with another number comes from one that lost its lease.
    epoch integer not null default 0,
    -- The writer as JSON (lease.ts); null when there is none.
    holder text,
    lease_until integer not null default 0
  ) strict;
  create table events (
    session text not null,
    seq integer not null,
    at integer not null,
    event text not null,
    primary key (session, seq)
  ) strict;`
]

const kind: FileKind = {
  holds: "sessions",
  // "Kint".
  applicationId: 0x4b696e74,
  migrations,
  error: (kind, message, options) => new JournalError(kind, message, options)
}

/** @throws JournalError; whatever is wrong with the file, it stays as it is. */
export const openDatabase = (file: string): DatabaseSync => openSqlite(file, kind)

/** What SQLite says, as what the user can do about it. */
export const translated = <Result>(file: string, act: () => Result): Result => translatedAs(file, kind, act)

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
  ) strict;`,
  // No row is rewritten: a session of before is a tree with one branch.
  `-- The session whose agent began this one, and what for.
  alter table sessions add column parent text;
  alter table sessions add column parent_kind text;
  -- Event that the next one follows; null: the newest.
  alter table sessions add column head integer;
  -- Event that it follows; null: the one before it.
  alter table events add column parent integer;
  create table labels (
    session text not null,
    seq integer not null,
    label text not null,
    primary key (session, seq),
    unique (session, label)
  ) strict;
  create index children on sessions (parent) where parent is not null;
  create index branches on events (session, seq) where parent is not null;`,
  `-- Whose it is; null: that of the machine's user.
  alter table sessions add column owner text;
  -- Newest event of which everything that was told is in notices.
  alter table sessions add column told integer not null default 0;
  create index owned on sessions (owner, updated_at) where owner is not null;
  -- What a session told, numbered.
  create table notices (
    session text not null,
    seq integer not null,
    at integer not null,
    notice text not null,
    primary key (session, seq)
  ) strict, without rowid;
  -- By the message that it ended, the number of the notice.
  create table ends (
    session text not null,
    message text not null,
    seq integer not null,
    primary key (session, message)
  ) strict, without rowid;`
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

/** The journal's SQLite file: made for the user alone, brought to the newest schema, refused when it is not ours. */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { JournalError } from "../journal.ts"

/** Each brings the schema one version up and runs in one transaction with the others; never change one that was released. */
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

/** "Kint", so that a file of another program is never taken for ours. */
const applicationId = 0x4b696e74

/** Milliseconds to wait for another process that writes. */
const patience = 5_000

/** @throws JournalError; whatever is wrong with the file, it stays as it is. */
export const openDatabase = (file: string): DatabaseSync =>
  translated(file, () => {
    prepareFile(file)
    const db = new DatabaseSync(file, { timeout: patience })
    try {
      refuseForeign(db, file)
      useWal(db)
      db.exec("pragma synchronous = full; pragma secure_delete = on; pragma journal_size_limit = 16777216")
      migrate(db)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })

/** SQLite waits for others everywhere but here: of two processes that make the file together, one is refused at once. */
const useWal = (db: DatabaseSync): void => {
  const until = Date.now() + patience
  for (;;) {
    try {
      return db.exec("pragma journal_mode = wal")
    } catch (error) {
      if (resultOf(error) !== busy || Date.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

/** SQLITE_BUSY. */
const busy = 5

/** SQLite's primary result code; 0 for what is none of its errors. */
const resultOf = (error: unknown): number =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : 0

/** Runs one transaction that no other process can come between. */
export const transact = <Result>(db: DatabaseSync, act: () => Result): Result => {
  db.exec("begin immediate")
  try {
    const result = act()
    db.exec("commit")
    return result
  } catch (error) {
    // A full disk may have rolled it back already.
    if (db.isTransaction) db.exec("rollback")
    throw error
  }
}

/** What SQLite says, as what the user can do about it. */
export const translated = <Result>(file: string, act: () => Result): Result => {
  try {
    return act()
  } catch (error) {
    if (error instanceof JournalError || !(error instanceof Error) || !("code" in error)) throw error
    throw new JournalError(...explain(file, error))
  }
}

const explain = (file: string, error: Error): ConstructorParameters<typeof JournalError> => {
  const told: Readonly<Record<number, readonly [JournalError["kind"], string]>> = {
    [busy]: [
      "unavailable",
      `the sessions in ${file} are being written by another process for over ${patience / 1000} s; try again`
    ],
    8: ["unavailable", `the sessions in ${file} cannot be written; check the rights of the file and its folder`],
    11: ["damaged", damaged(file, error.message)],
    13: ["unavailable", `the disk that holds ${file} is full; free some space`],
    26: ["damaged", damaged(file, error.message)]
  }
  const [kind, message] = told[resultOf(error)] ?? [
    "unavailable",
    `the sessions in ${file} cannot be used: ${error.message}`
  ]
  return [kind, message, { cause: error }]
}

const damaged = (file: string, reason: string): string =>
  `the sessions in ${file} cannot be read (${reason}). Nothing was changed. Move the file and those beside it (-wal, -shm) ` +
  `away to start with an empty one; sqlite3 with .recover may save what is in it`

/** Created empty here, since SQLite would make it readable for others; its companions take over the mode. */
const prepareFile = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, "a", 0o600))
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

const numberOf = (db: DatabaseSync, query: string): number => Number(Object.values(db.prepare(query).get() ?? {})[0])

const refuseForeign = (db: DatabaseSync, file: string): void => {
  const version = numberOf(db, "pragma user_version")
  const isEmpty = numberOf(db, "select count(*) from sqlite_schema") === 0
  if (isEmpty && version === 0) return
  if (numberOf(db, "pragma application_id") !== applicationId) {
    throw new JournalError(
      "damaged",
      `${file} belongs to another program and was not touched; move it away, or set XDG_DATA_HOME to another folder`
    )
  }
  if (version > migrations.length) {
    throw new JournalError(
      "too_new",
      `${file} was written by a newer Kintsugi (schema ${version}, this one knows ${migrations.length}) and was not touched; ` +
        "update Kintsugi, or set XDG_DATA_HOME to another folder"
    )
  }
}

const migrate = (db: DatabaseSync): void => {
  if (numberOf(db, "pragma user_version") === migrations.length) return
  transact(db, () => {
    // Read again: another process may have done it while this one waited.
    for (const migration of migrations.slice(numberOf(db, "pragma user_version"))) db.exec(migration)
    db.exec(`pragma user_version = ${migrations.length}; pragma application_id = ${applicationId}`)
  })
}

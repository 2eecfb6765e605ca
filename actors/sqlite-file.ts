/** An SQLite file of ours: made for the user alone, brought to the newest schema, refused when it is not ours. */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** One kind of file, and how its keeper says what is wrong with it. */
export interface FileKind {
  /** For people, `sessions`. */
  readonly holds: string
  /** So that a file of another program, or of another kind, is never taken for this. */
  readonly applicationId: number
  /** Each brings the schema one version up and runs in one transaction with the others; never change one that was released. */
  readonly migrations: ReadonlyArray<string>
  readonly error: (kind: "unavailable" | "damaged" | "too_new", message: string, options?: ErrorOptions) => Error
}

/** Milliseconds to wait for another process that writes. */
const patience = 5_000

/** @throws an error of its kind; whatever is wrong with the file, it stays as it is. */
export const openSqlite = (file: string, kind: FileKind): DatabaseSync =>
  translated(file, kind, () => {
    prepareFile(file)
    const db = new DatabaseSync(file, { timeout: patience })
    try {
      refuseForeign(db, file, kind)
      useWal(db)
      db.exec("pragma synchronous = full; pragma secure_delete = on; pragma journal_size_limit = 16777216")
      migrate(db, kind)
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
export const translated = <Result>(file: string, kind: FileKind, act: () => Result): Result => {
  try {
    return act()
  } catch (error) {
    // Ours have no code.
    if (!(error instanceof Error) || !("code" in error)) throw error
    throw kind.error(...explain(`${kind.holds} in ${file}`, error))
  }
}

const explain = (what: string, error: Error): Parameters<FileKind["error"]> => {
  const told: Readonly<Record<number, readonly [Parameters<FileKind["error"]>[0], string]>> = {
    [busy]: [
      "unavailable",
      `the ${what} are being written by another process for over ${patience / 1000} s; try again`
    ],
    8: ["unavailable", `the ${what} cannot be written; check the rights of the file and its folder`],
    11: ["damaged", damaged(what, error.message)],
    13: ["unavailable", `the disk that holds the ${what} is full; free some space`],
    26: ["damaged", damaged(what, error.message)]
  }
  const [kind, message] = told[resultOf(error)] ?? ["unavailable", `the ${what} cannot be used: ${error.message}`]
  return [kind, message, { cause: error }]
}

const damaged = (what: string, reason: string): string =>
  `the ${what} cannot be read (${reason}). Nothing was changed. Move the file and those beside it (-wal, -shm) ` +
  `away to start with an empty one; sqlite3 with .recover may save what is in it`

/** Created empty here, since SQLite would make it readable for others; its companions take over the mode. */
const prepareFile = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, "a", 0o600))
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

const numberOf = (db: DatabaseSync, query: string): number => Number(Object.values(db.prepare(query).get() ?? {})[0])

const refuseForeign = (db: DatabaseSync, file: string, { applicationId, migrations, error }: FileKind): void => {
  const version = numberOf(db, "pragma user_version")
  const isEmpty = numberOf(db, "select count(*) from sqlite_schema") === 0
  if (isEmpty && version === 0) return
  if (numberOf(db, "pragma application_id") !== applicationId) {
    throw error(
      "damaged",
      `${file} belongs to another program and was not touched; move it away, or set XDG_DATA_HOME to another folder`
    )
  }
  if (version > migrations.length) {
    throw error(
      "too_new",
      `${file} was written by a newer Kintsugi (schema ${version}, this one knows ${migrations.length}) and was not touched; ` +
        "update Kintsugi, or set XDG_DATA_HOME to another folder"
    )
  }
}

/** Safe in a database that is in memory, too. */
export const migrate = (db: DatabaseSync, { applicationId, migrations }: FileKind): void => {
  if (numberOf(db, "pragma user_version") === migrations.length) return
  transact(db, () => {
    // Read again: another process may have done it while this one waited.
    for (const migration of migrations.slice(numberOf(db, "pragma user_version"))) db.exec(migration)
    db.exec(`pragma user_version = ${migrations.length}; pragma application_id = ${applicationId}`)
  })
}

/** Notes in one SQLite file of the data folder, which many processes share. */
import type { DatabaseSync } from "node:sqlite"
import { PortError } from "../../plugins/ports.ts"
import { type FileKind, openSqlite, transact, translated } from "../sqlite-file.ts"
import { mostNotes, type Notes, type Owner, tooMany } from "./notes.ts"

const kind: FileKind = {
  holds: "notes of plugins",
  // "KinN".
  applicationId: 0x4b696e4e,
  migrations: [
    `create table notes (
      scope text not null,
      -- Session or folder.
      owner text not null,
      plugin text not null,
      key text not null,
      value text not null,
      primary key (scope, owner, plugin, key)
    ) strict`
  ],
  error: (_, message, options) => new PortError("execution_error", message, options)
}

/** @throws PortError; whatever is wrong with the file, it stays as it is. */
export const openNotes = (file: string): Notes => {
  const db = openSqlite(file, kind)
  const use = translated(file, kind, () => statements(db))
  const guarded = <Result>(act: () => Result): Result => {
    if (!db.isOpen) throw new PortError("execution_error", "the store is closed: its runtime has ended")
    return translated(file, kind, act)
  }
  const named = ({ scope, of, plugin }: Owner) => [scope, of, plugin] as const

  return {
    get: (owner, key) =>
      guarded(() => {
        const value = use.get.get(...named(owner), key)?.value
        return typeof value === "string" ? value : undefined
      }),
    set: (owner, key, json) =>
      guarded(() =>
        transact(db, () => {
          if (use.change.run(json, ...named(owner), key).changes > 0) return
          if (Number(use.count.get(...named(owner))?.n) >= mostNotes) throw tooMany(owner)
          use.add.run(...named(owner), key, json)
        })
      ),
    delete: (owner, key) => void guarded(() => use.delete.run(...named(owner), key)),
    keys: (owner) => guarded(() => use.keys.all(...named(owner)).map(({ key }) => String(key))),
    forget: (sessions) =>
      guarded(() =>
        transact(db, () => {
          for (const session of sessions) use.forget.run(session)
        })
      ),
    close: () => {
      if (db.isOpen) db.close()
    }
  }
}

const its = "scope = ? and owner = ? and plugin = ?"

const statements = (db: DatabaseSync) => ({
  get: db.prepare(`select value from notes where ${its} and key = ?`),
  change: db.prepare(`update notes set value = ? where ${its} and key = ?`),
  count: db.prepare(`select count(*) as n from notes where ${its}`),
  add: db.prepare("insert into notes (scope, owner, plugin, key, value) values (?, ?, ?, ?, ?)"),
  delete: db.prepare(`delete from notes where ${its} and key = ?`),
  keys: db.prepare(`select key from notes where ${its} order by key`),
  forget: db.prepare("delete from notes where scope = 'session' and owner = ?")
})

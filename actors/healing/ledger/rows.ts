/** The ledger's rows: the statements that write and read them, and seams as they are read back. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import type { Seam, SeamStatus, SeamView } from "../../../healing/ledger.ts"
import { LedgerError } from "./error.ts"
import { sha256 } from "./hash.ts"

export const statements = (db: DatabaseSync) => ({
  addSeam: db.prepare("insert into seams (id, plugin, root, status, seam) values (?, ?, ?, ?, ?)"),
  mark: db.prepare("insert into marks (seam, time, status, reason) values (?, ?, ?, ?)"),
  newest: db.prepare(
    "select * from told where (?1 is null or plugin = ?1) and (?2 is null or root = ?2) order by seq desc"
  ),
  beginning: db.prepare("select * from told where id >= ? and id < ? order by id limit 10"),
  live: db.prepare(
    `select * from told where root = ? and status in ('active', 'accepted')
     order by (select seq from marks where seam = id and status = 'active')`
  ),
  putText: db.prepare(
    "insert into texts (hash, content) values (?, ?) on conflict do update set content = excluded.content"
  ),
  text: db.prepare("select content from texts where hash = ?"),
  head: db.prepare("select * from heads where path = ?"),
  heads: db.prepare("select * from heads where root = ? order by path"),
  putHead: db.prepare("insert or replace into heads (path, root, hash, base, seam) values (?, ?, ?, ?, ?)"),
  dropHead: db.prepare("delete from heads where path = ?"),
  plan: db.prepare("insert into writes (plan) values (?)"),
  pending: db.prepare("select id, plan from writes where outcome is null order by id"),
  settle: db.prepare("update writes set outcome = ? where id = ?"),
  outcome: db.prepare("select outcome from writes where id = ?")
})

export type Statements = ReturnType<typeof statements>

type Row = Record<string, SQLOutputValue>

export interface Head {
  readonly path: string
  readonly root: string
  readonly hash: string
  readonly base: string
  readonly seam: string
}

export const toHead = ({ path, root, hash, base, seam }: Row): Head => ({
  path: String(path),
  root: String(root),
  hash: String(hash),
  base: String(base),
  seam: String(seam)
})

export const headOf = (use: Statements, path: string): Head | undefined => {
  const row = use.head.get(path)
  return row === undefined ? undefined : toHead(row)
}

export const headsOf = (use: Statements, root: string): ReadonlyArray<Head> => use.heads.all(root).map(toHead)

export const putHead = (use: Statements, { path, root, hash, base, seam }: Head): void =>
  void use.putHead.run(path, root, hash, base, seam)

/** In the place of a reason: it was active from the beginning. */
export const bornSo = ""

export const toView = (row: Row): SeamView => ({
  ...seamIn(row),
  status: String(row.status) as SeamStatus, // only what commit and mark wrote
  ...(row.time === null || row.reason === bornSo
    ? {}
    : { mark: { time: Number(row.time), reason: String(row.reason) } })
})

/** A row that somebody touched is shown as what it is, and hides no other. */
const seamIn = (row: Row): Seam => {
  try {
    const seam: Seam = JSON.parse(String(row.seam))
    if (seam.id === row.id && Array.isArray(seam.changes)) return seam
  } catch {
    // Shown below.
  }
  return {
    id: String(row.id),
    time: 0,
    plugin: String(row.plugin),
    ...(typeof row.root === "string" && { root: row.root }),
    failure: { kind: "unknown", message: "" },
    rungs: [],
    state: "contained",
    summary: "its row in the ledger cannot be read: somebody else wrote there",
    degraded: [],
    proof: [],
    changes: []
  }
}

/** Active and accepted ones of a plugin's folder, in the order in which they began to run. */
export const liveIn = (use: Statements, root: string): ReadonlyArray<SeamView> => use.live.all(root).map(toView)

export const putText = (use: Statements, content: string | Uint8Array): void =>
  void use.putText.run(sha256(content), typeof content === "string" ? Buffer.from(content) : content)

/** @throws LedgerError when it is not there, or is no longer what was kept. */
export const textOf = (use: Statements, hash: string): Buffer => {
  const content = use.text.get(hash)?.content
  if (!(content instanceof Uint8Array)) throw new LedgerError(`the ledger has lost a text (${hash.slice(0, 12)})`)
  if (sha256(content) !== hash)
    throw new LedgerError(`a text in the ledger is not what was kept there (${hash.slice(0, 12)}): somebody touched it`)
  return Buffer.from(content)
}

/** By id or an unambiguous beginning of one. @throws LedgerError naming them when several begin so. */
export const findSeam = (use: Statements, typed: string): SeamView | undefined => {
  const id = typed.trim().toLowerCase()
  if (id === "") return undefined
  const found = use.beginning.all(id, `${id}~`).map(toView)
  if (found.length > 1)
    throw new LedgerError(`${typed} is the beginning of several seams: ${found.map((seam) => seam.id).join(", ")}`)
  return found[0]
}

/** @throws LedgerError */
export const needSeam = (use: Statements, id: string): SeamView => {
  const seam = findSeam(use, id)
  if (seam === undefined) throw new LedgerError(`there is no seam ${id}; see: kintsugi heal list`)
  return seam
}

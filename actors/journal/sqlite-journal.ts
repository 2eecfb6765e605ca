/** The journal in one SQLite file (WAL) that many processes share. */
import {
  JournalError,
  type Journal,
  type JournalRow,
  type SessionFilter,
  type SessionInfo,
  type Writer
} from "../journal.ts"
import { transact } from "../sqlite-file.ts"
import { plainId } from "./session-id.ts"
import { begun, exists, only } from "./session-info.ts"
import { type Stretch, stretchesTo } from "./sqlite-branch.ts"
import { openDatabase, translated } from "./sqlite-file.ts"
import {
  type Guarded,
  headOf,
  lazily,
  need,
  type Row,
  type Statements,
  statements,
  toInfo,
  toStored
} from "./sqlite-statements.ts"
import { needFree, openWriter } from "./sqlite-writer.ts"
import { toRow } from "./stored-event.ts"

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
    create: (session) => guarded(() => lazily(db, () => insertSession(use, session))),
    list: (filter = {}) => guarded(() => listed(use, filter).map(toInfo)),
    find: (typed, { owner = null, everyone = false } = {}) =>
      guarded(() => {
        const from = plainId(typed)
        if (from === "") return undefined
        const rows = use.beginning.all({ from, until: `${from}~`, owner, everyone: everyone ? 1 : 0 })
        return only(typed, rows.map(toInfo))
      }),
    *read(id, after = 0) {
      const stretches = guarded(() => stretchesTo(use, id, headOf(need(use, id))))
      for (const { from, to } of stretches) yield* rowsIn(use, guarded, id, { from: Math.max(from, after + 1), to })
    },
    *readAll(id) {
      yield* rowsIn(use, guarded, id, { from: 1, to: Number(guarded(() => need(use, id)).seq) })
    },
    points: (id) =>
      guarded(() => ({
        head: headOf(need(use, id)),
        labels: use.labels.all(id).map(({ seq, label }) => ({ seq: Number(seq), label: String(label) }))
      })),
    together: (act) => guarded(() => lazily(db, act)),
    write: (id) => {
      const writer = openWriter(db, use, guarded, id, () => writers.delete(writer))
      writers.add(writer)
      return writer
    },
    delete: (id) => guarded(() => transact(db, () => deleteFamily(use, id))),
    close: () => {
      for (const writer of writers) writer.close()
      if (db.isOpen) db.close()
    }
  }
}

/** Rows fetched at a time, so that a long session is never in memory as a whole. */
const page = 256

function* rowsIn(use: Statements, guarded: Guarded, id: string, { from, to }: Stretch): Iterable<JournalRow> {
  for (let seq = from - 1; ;) {
    const rows = guarded(() => use.events.all(id, seq, to, page)).map(toStored)
    for (const row of rows) yield toRow(id, row)
    if (rows.length < page) return
    seq = rows.at(-1)!.seq
  }
}

const listed = (use: Statements, filter: SessionFilter): ReadonlyArray<Row> => {
  const { cwd = null, limit = -1, children = false, parent, owner, everyone = false } = filter
  if (parent !== undefined) return use.childrenOf.all({ cwd, limit, parent })
  const asked = { cwd, limit, children: children ? 1 : 0 }
  return owner === undefined || everyone
    ? use.newest.all({ ...asked, everyone: everyone ? 1 : 0 })
    : use.owned.all({ ...asked, owner })
}

const insertSession = (use: Statements, session: Parameters<Journal["create"]>[0]): SessionInfo => {
  const { parent } = session
  const owner = parent === undefined ? session.owner : toInfo(need(use, parent.session)).owner
  const info = begun({ ...session, ...(owner === undefined ? {} : { owner }) })
  const { id, cwd, model, createdAt: now } = info
  const { changes } = use.create.run(
    id,
    cwd,
    model,
    now,
    now,
    parent?.session ?? null,
    parent?.kind ?? null,
    owner ?? null
  )
  if (changes !== 0) return info
  if (session.id !== undefined) throw exists(id)
  // Two sessions in one millisecond drew the same lot.
  return insertSession(use, session)
}

/** @returns ids of all that are gone, the oldest generation first. */
const deleteFamily = (use: Statements, id: string): ReadonlyArray<string> => {
  needFree(use, id)
  const children = use.childrenOf.all({ cwd: null, limit: -1, parent: id })
  const gone = children.flatMap((child) => deleteFamily(use, String(child.id)))
  use.deleteNotices.run(id)
  use.deleteEnds.run(id)
  use.deleteLabels.run(id)
  use.deleteEvents.run(id)
  use.deleteSession.run(id)
  return [id, ...gone]
}

/** A journal that lives as long as its process: for embedders that keep nothing, and for specs. */
import type { NoticeLog } from "../feed/notice-log.ts"
import { JournalError, type Journal, type SessionInfo, type Writer } from "../journal.ts"
import type { Stamped } from "./deltas.ts"
import { lazyWriter } from "./lazy-writer.ts"
import { memoryNotices } from "./memory-notices.ts"
import { plainId } from "./session-id.ts"
import { begun, exists, isTheirs, newestFirst, notFound, noted, only, taken, unknownPoint } from "./session-info.ts"
import { type StoredRow, toJson, toRow } from "./stored-event.ts"

interface Kept {
  info: SessionInfo
  /** Events as JSON, so that nobody can change them and they read back as from a file. */
  readonly rows: Array<StoredRow>
  head: number
  /** By the seq of what they name. */
  readonly labels: Map<number, string>
  readonly notices: NoticeLog
  writer?: Writer
}

export const memoryJournal = (): Journal => {
  const sessions = new Map<string, Kept>()
  let closed = false

  const all = (): ReadonlyMap<string, Kept> => {
    if (closed) throw new JournalError("closed", "the journal is closed")
    return sessions
  }
  const need = (id: string): Kept => {
    const kept = all().get(id)
    if (kept === undefined) throw notFound(id)
    return kept
  }
  const free = (id: string): Kept => {
    const kept = need(id)
    if (kept.writer !== undefined)
      throw new JournalError("held", `session ${id} is open in this process; close it there first`)
    return kept
  }
  const infos = (): ReadonlyArray<SessionInfo> => [...all().values()].map(({ info }) => info)
  const familyOf = (id: string): ReadonlyArray<string> => [
    id,
    ...infos().flatMap((info) => (info.parent?.session === id ? familyOf(info.id) : []))
  ]

  return {
    create: (session) => {
      const { parent, owner } = session
      const theirs = parent === undefined ? owner : need(parent.session).info.owner
      const begin = () => begun({ ...session, ...(theirs === undefined ? {} : { owner: theirs }) })
      let info = begin()
      if (session.id !== undefined && all().has(info.id)) throw exists(info.id)
      while (all().has(info.id)) info = begin()
      sessions.set(info.id, { info, rows: [], head: 0, labels: new Map(), notices: memoryNotices() })
      return info
    },
    list: ({ cwd, limit, children = false, parent, ...whose } = {}) =>
      infos()
        .filter((info) => cwd === undefined || info.cwd === cwd)
        .filter((info) => parent !== undefined || isTheirs(info, whose))
        .filter((info) => (parent === undefined ? children || !info.parent : info.parent?.session === parent))
        .toSorted(newestFirst)
        .slice(0, limit),
    find: (typed, whose = {}) => {
      const id = plainId(typed)
      const theirs = infos().filter((info) => isTheirs(info, whose))
      return only(typed, id === "" ? [] : theirs.filter((info) => info.id.startsWith(id)))
    },
    *read(id, after = 0) {
      for (const row of branchOf(need(id))) if (row.seq > after) yield toRow(id, row)
    },
    *readAll(id) {
      for (const row of need(id).rows.slice()) yield toRow(id, row)
    },
    points: (id) => {
      const { head, labels } = need(id)
      return { head, labels: [...labels].map(([seq, label]) => ({ seq, label })).toSorted((a, b) => a.seq - b.seq) }
    },
    // Nothing that appends here can fail.
    together: (act) => act(),
    write: (id) => {
      const kept = free(id)
      return (kept.writer = writerOf(kept))
    },
    delete: (id) => {
      const family = familyOf(need(id).info.id)
      family.forEach(free)
      for (const one of family) sessions.delete(one)
      return family
    },
    close: () => {
      for (const { writer } of sessions.values()) writer?.close()
      closed = true
    }
  }
}

const writerOf = (kept: Kept): Writer => {
  const { id } = kept.info
  const mustHave = (seq: number): void => {
    if (kept.rows[seq - 1] === undefined) throw unknownPoint(id, seq)
  }
  return lazyWriter(id, {
    write: (batch) => {
      const jsons = batch.map(({ event }) => toJson(event))
      batch.forEach((one, n) => append(kept, one, jsons[n]!))
    },
    name: (seq, label) => {
      mustHave(seq)
      if ([...kept.labels].some(([other, known]) => known === label && other !== seq)) throw taken(label)
      kept.labels.set(seq, label)
    },
    moveTo: (seq) => {
      mustHave(seq)
      kept.head = seq
    },
    newest: () => kept.rows.length,
    notices: kept.notices,
    release: () => void delete kept.writer
  })
}

const append = (kept: Kept, { event, at }: Stamped, json: string): void => {
  const seq = kept.rows.length + 1
  kept.rows.push({ seq, parent: kept.head, at, json })
  kept.head = seq
  kept.info = noted(kept.info, event, at)
}

/** From the root to the head. */
const branchOf = ({ rows, head }: Kept): ReadonlyArray<StoredRow> => {
  const branch: Array<StoredRow> = []
  for (let row = rows[head - 1]; row !== undefined; row = rows[row.parent - 1]) branch.push(row)
  return branch.toReversed()
}

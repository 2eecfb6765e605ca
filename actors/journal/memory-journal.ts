/** A journal that lives as long as its process: for embedders that keep nothing, and for specs. */
import { JournalError, type Journal, type SessionInfo, type Writer } from "../journal.ts"
import { lazyWriter } from "./lazy-writer.ts"
import { newSessionId, plainId } from "./session-id.ts"
import { newestFirst, notFound, noted, only } from "./session-info.ts"
import { toJson, toRow } from "./stored-event.ts"

interface Kept {
  info: SessionInfo
  /** Events as JSON, so that nobody can change them and they read back as from a file. */
  readonly rows: Array<{ readonly at: number; readonly json: string }>
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

  return {
    create: ({ cwd, model }) => {
      const now = Date.now()
      let id = newSessionId(now)
      while (all().has(id)) id = newSessionId(now)
      const info = { id, cwd, title: "", model, createdAt: now, updatedAt: now, messages: 0 }
      sessions.set(id, { info, rows: [] })
      return info
    },
    list: ({ cwd, limit } = {}) =>
      infos()
        .filter((info) => cwd === undefined || info.cwd === cwd)
        .toSorted(newestFirst)
        .slice(0, limit),
    find: (typed) => {
      const id = plainId(typed)
      return only(typed, id === "" ? [] : infos().filter((info) => info.id.startsWith(id)))
    },
    *read(id, after = 0) {
      for (const [at, row] of need(id).rows.entries()) {
        if (at >= after) yield toRow(id, at + 1, row.at, row.json)
      }
    },
    write: (id) => {
      const kept = free(id)
      return (kept.writer = lazyWriter(id, {
        write: (batch) => {
          kept.rows.push(...batch.map(({ event, at }) => ({ at, json: toJson(event) })))
          for (const { event, at } of batch) kept.info = noted(kept.info, event, at)
        },
        release: () => void delete kept.writer
      }))
    },
    delete: (id) => void sessions.delete(free(id).info.id),
    close: () => {
      for (const { writer } of sessions.values()) writer?.close()
      closed = true
    }
  }
}

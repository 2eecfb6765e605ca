/** The `store` port: what each plugin sees of the notes. Nothing is opened before the first is asked for. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Store, Stores } from "../../plugins/ports.ts"
import type { Journal, SessionInfo } from "../journal.ts"
import { memoryNotes } from "./memory-notes.ts"
import type { Notes, Owner } from "./notes.ts"
import { checkedKey, toStored } from "./stored-value.ts"

export interface StoreShelf {
  /**
   * @param session Id of the root session: who works below it shares its notes.
   * @param project Real absolute path of the working folder.
   */
  readonly of: (plugin: string, session: string, project: string) => Stores
  /** All notes of sessions that were deleted. */
  readonly forget: (sessions: ReadonlyArray<string>) => Promise<void>
  readonly close: () => Promise<void>
}

export const notesFile = (data: string): string => join(data, "notes.db")

const openIn = async (data: string): Promise<Notes> => (await import("./sqlite-notes.ts")).openNotes(notesFile(data))

/** @param data Folder that keeps them; absent: they end with the runtime. */
export const storeShelf = (data: string | undefined): StoreShelf => {
  let opened: Promise<Notes> | undefined
  const open = (): Promise<Notes> => {
    opened ??= data === undefined ? Promise.resolve(memoryNotes()) : openIn(data)
    // What was wrong with the file may be put right meanwhile.
    opened.catch(() => (opened = undefined))
    return opened
  }
  return {
    of: (plugin, session, project) => ({
      session: storeOf(open, { plugin, scope: "session", of: session }),
      project: storeOf(open, { plugin, scope: "project", of: project })
    }),
    forget: async (sessions) => {
      if (opened !== undefined || (data !== undefined && existsSync(notesFile(data)))) (await open()).forget(sessions)
    },
    close: async () => {
      const notes = await opened?.catch(() => undefined)
      notes?.close()
    }
  }
}

const storeOf = (open: () => Promise<Notes>, owner: Owner): Store => ({
  get: async (key) => {
    const json = (await open()).get(owner, checkedKey(key))
    return json === undefined ? undefined : JSON.parse(json)
  },
  set: async (key, value) => {
    const json = toStored(checkedKey(key), value)
    ;(await open()).set(owner, key, json)
  },
  delete: async (key) => (await open()).delete(owner, checkedKey(key)),
  keys: async (prefix = "") => (await open()).keys(owner).filter((key) => key.startsWith(prefix))
})

/** A journal whose sessions leave no notes behind. */
export const forgetting = (journal: Journal, stores: StoreShelf, log: (message: string) => void): Journal => ({
  ...journal,
  delete: (id) => {
    const gone = journal.delete(id)
    stores.forget(gone).catch((error) => log(`notes of session ${id} were not deleted: ${String(error)}`))
    return gone
  }
})

/** Id of the session that the user began, above all that agents began below it. */
export const rootOf = ({ id, parent }: SessionInfo, journal: Pick<Journal, "find">): string => {
  const above = parent === undefined ? undefined : journal.find(parent.session, { everyone: true })
  return above === undefined ? id : rootOf(above, journal)
}

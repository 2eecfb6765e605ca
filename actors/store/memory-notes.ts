/** Notes that live as long as the process: for embedders that keep nothing, and for specs. */
import { mostNotes, type Notes, type Owner, tooMany } from "./notes.ts"

export const memoryNotes = (): Notes => {
  const owners = new Map<string, Map<string, string>>()
  const name = ({ plugin, scope, of }: Owner): string => JSON.stringify([scope, of, plugin])
  const notesOf = (owner: Owner): Map<string, string> => owners.get(name(owner)) ?? new Map<string, string>()

  return {
    get: (owner, key) => notesOf(owner).get(key),
    set: (owner, key, json) => {
      const notes = notesOf(owner)
      if (!notes.has(key) && notes.size >= mostNotes) throw tooMany(owner)
      notes.set(key, json)
      owners.set(name(owner), notes)
    },
    delete: (owner, key) => void notesOf(owner).delete(key),
    keys: (owner) =>
      [...notesOf(owner).keys()].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
    forget: (sessions) => {
      const gone = sessions.map((session) => `["session",${JSON.stringify(session)},`)
      for (const owner of owners.keys()) if (gone.some((one) => owner.startsWith(one))) owners.delete(owner)
    },
    close: () => owners.clear()
  }
}

/** What goes with a session when it is deleted. */
import { existsSync } from "node:fs"
import { openNotes } from "./sqlite-notes.ts"
import { notesFile } from "./stores.ts"

/**
 * Removes all notes of these sessions, whatever plugin they are of.
 *
 * @param data Folder that keeps them.
 * @throws PortError when the file cannot be written.
 */
export const forgetSessions = (data: string, sessions: ReadonlyArray<string>): void => {
  const file = notesFile(data)
  if (!existsSync(file)) return
  const notes = openNotes(file)
  try {
    notes.forget(sessions)
  } finally {
    notes.close()
  }
}

/** The model that somebody worked with last in a folder. */
import type { Journal } from "./journal.ts"

/** Sessions that are looked at: older ones say little about what is wanted now. */
const recent = 5

/** Of the newest session in which a model answered: one that never could (a typo, no key) is nobody's choice. */
export const lastUsed = (journal: Journal, cwd: string): string | undefined =>
  journal.list({ cwd, limit: recent }).find(({ id }) => hasReply(journal, id))?.model

const hasReply = (journal: Journal, id: string): boolean => {
  try {
    for (const { event } of journal.read(id)) if (event.type === "model.replied") return true
  } catch {
    // What cannot be read any more chooses nothing, and keeps nobody from a new session.
  }
  return false
}

/** The sessions of a runtime: opened anew or resumed, and closed together. */
import { JournalError, type Journal, type SessionInfo } from "./journal.ts"
import { memoryJournal } from "./journal/memory-journal.ts"
import type { Household } from "./household.ts"
import { openSession } from "./open-session.ts"
import type { OpenOptions, Session, SessionHost } from "./session-host.ts"
import { readTree } from "./session-tree.ts"

/**
 * The sessions that are open.
 *
 * @param model Id of that of new sessions.
 * @param isAsked Whether it was named, so that resumed sessions change to it.
 */
export const sessionsIn = (house: Household, model: string | undefined, isAsked: boolean) => {
  const { cwd } = house
  const sessions = new Set<Session>()
  const open = async (options: OpenOptions = {}): Promise<Session> => {
    const { resume, newId: id, unattended = false, takesFiles = false, from, owner, numbered, goOn, editor } = options
    const isNew = resume === undefined
    const left = from === undefined ? undefined : leaving(house, found(house.journal, cwd, from, owner).id)
    const isKept = !isNew || options.isKept !== false
    const journal = isKept ? house.journal : memoryJournal()
    const begun = () => journal.create({ cwd, model: model ?? "", id, ...(owner === undefined ? {} : { owner }) })
    const session = await openSession(isKept ? house : { ...house, journal }, {
      info: isNew ? begun() : found(journal, cwd, resume, owner),
      isNew,
      // A resumed session keeps its model unless another was asked for.
      model: isNew || isAsked ? model : undefined,
      unattended,
      takesFiles,
      isKept,
      ...(numbered === undefined ? {} : { numbered }),
      ...(goOn === undefined ? {} : { goOn }),
      ...(editor === undefined ? {} : { editor })
    })
    sessions.add(session)
    left?.(session.id)
    session.events.subscribe({ complete: () => sessions.delete(session) })
    return session
  }
  const list: SessionHost["list"] = async ({ owner, limit } = {}) => house.journal.list({ cwd, owner, limit })
  return { open, list, close: () => Promise.all([...sessions].map((session) => session.close())) }
}

/**
 * Tells plugins that the user goes from one session to another.
 *
 * @param id Of the one that is left. @returns waits for the id of the other. @throws JournalError when there is no such session.
 */
const leaving = ({ journal, plugins }: Household, id: string): ((to: string) => void) => {
  const from = readTree(journal, id).head?.id ?? ""
  return (to) => plugins.hooks.tell("onSessionSwitch", { session: id, from, to })
}

/** Somebody else's session cannot be told from one that does not exist. @throws JournalError */
const found = (journal: Journal, cwd: string, resume: string, owner: string | undefined): SessionInfo => {
  const info = resume === "latest" ? journal.list({ cwd, limit: 1, owner })[0] : journal.find(resume, { owner })
  if (info !== undefined) return info
  throw new JournalError(
    "not_found",
    resume === "latest"
      ? "there is no session in this folder yet"
      : `there is no session ${resume}; see: kintsugi session list`
  )
}

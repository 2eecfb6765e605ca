/** The sessions of a runtime: opened anew or resumed, and closed together. */
import type { Journal, SessionInfo } from "./journal.ts"
import { type Household, openSession } from "./open-session.ts"
import type { OpenOptions, Session } from "./session-host.ts"
import { readTree } from "./session-tree.ts"

/**
 * The sessions that are open.
 *
 * @param model Id of that of new sessions.
 * @param isAsked Whether it was named, so that resumed sessions change to it.
 */
export const sessionsIn = (house: Household, model: string | undefined, isAsked: boolean) => {
  const { cwd, journal } = house
  const sessions = new Set<Session>()
  const open = async ({ resume, unattended = false, from }: OpenOptions = {}): Promise<Session> => {
    const isNew = resume === undefined
    const left = from === undefined ? undefined : leaving(house, from)
    const session = await openSession(house, {
      info: isNew ? journal.create({ cwd, model: model ?? "" }) : found(journal, cwd, resume),
      isNew,
      // A resumed session keeps its model unless another was asked for.
      model: isNew || isAsked ? model : undefined,
      unattended
    })
    sessions.add(session)
    left?.(session.id)
    session.events.subscribe({ complete: () => sessions.delete(session) })
    return session
  }
  return { open, close: () => Promise.all([...sessions].map((session) => session.close())) }
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

const found = (journal: Journal, cwd: string, resume: string): SessionInfo => {
  const info = resume === "latest" ? journal.list({ cwd, limit: 1 })[0] : journal.find(resume)
  if (info !== undefined) return info
  throw new Error(
    resume === "latest"
      ? "there is no session in this folder yet"
      : `there is no session ${resume}; see: kintsugi session list`
  )
}

/** What a list of sessions shows of one, kept up to date event by event. */
import type { AgentEvent } from "../../machines/events.ts"
import { JournalError, type NewSession, type SessionInfo, type Whose } from "../journal.ts"
import { isSessionId, newSessionId } from "./session-id.ts"

/** A session at its beginning. @throws TypeError when the id that it is to have is none. */
export const begun = ({ id, cwd, model, parent, owner }: NewSession): SessionInfo => {
  const now = Date.now()
  if (id !== undefined && !isSessionId(id)) throw new TypeError(`${JSON.stringify(id)} is no id of a session`)
  return {
    id: id ?? newSessionId(now),
    cwd,
    title: "",
    model,
    createdAt: now,
    updatedAt: now,
    messages: 0,
    ...(parent === undefined ? {} : { parent }),
    ...(owner === undefined ? {} : { owner })
  }
}

export const isTheirs = (info: SessionInfo, { owner, everyone = false }: Whose): boolean =>
  everyone || info.owner === owner

/** Characters of a title. */
const titleLength = 80

export const noted = (info: SessionInfo, event: AgentEvent, at: number): SessionInfo => {
  const now = { ...info, updatedAt: Math.max(info.updatedAt, at) }
  switch (event.type) {
    case "user.message":
      return { ...now, messages: info.messages + 1, title: info.title === "" ? titleOf(event) : info.title }
    case "user.model":
      return { ...now, model: event.model }
    case "session.opened":
      return { ...now, model: event.model ?? info.model }
    default:
      return now
  }
}

const titleOf = ({ content }: Extract<AgentEvent, { readonly type: "user.message" }>): string => {
  const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(" ")
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length <= titleLength ? line : `${line.slice(0, titleLength - 1).trimEnd()}…`
}

export const newestFirst = (one: SessionInfo, other: SessionInfo): number =>
  other.updatedAt - one.updatedAt || (one.id < other.id ? 1 : -1)

/** The one session whose id begins so. @throws JournalError when there are several. */
export const only = (typed: string, found: ReadonlyArray<SessionInfo>): SessionInfo | undefined => {
  if (found.length > 1)
    throw new JournalError(
      "ambiguous",
      `${typed} is the beginning of several sessions: ${found.map(({ id }) => id).join(", ")}`
    )
  return found[0]
}

export const unknownPoint = (id: string, seq: number): JournalError =>
  new JournalError("unknown_point", `session ${id} has no event ${seq}; see: kintsugi session tree ${id}`)

export const taken = (label: string): JournalError =>
  new JournalError("taken", `another point of this session is called ${JSON.stringify(label)}; choose another name`)

export const exists = (id: string): JournalError => new JournalError("taken", `there is a session ${id} already`)

export const notFound = (id: string): JournalError =>
  new JournalError("not_found", `there is no session ${id}; see: kintsugi session list --all`)

/** What a list of sessions shows of one, kept up to date event by event. */
import type { AgentEvent } from "../../machines/events.ts"
import { JournalError, type SessionInfo } from "../journal.ts"

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

export const notFound = (id: string): JournalError =>
  new JournalError("not_found", `there is no session ${id}; see: kintsugi session list --all`)

/** `chat = reduceChat(chat, happening, now)`. */
import type { Message } from "../../../../llm/message.ts"
import type { AgentNotice, Question } from "../../../../machines/events.ts"
import { omittedWords } from "../../../numbers.ts"
import type { OutFrame } from "../../../wire/frames.ts"
import type { Happening } from "../happening.ts"
import { add } from "./items.ts"
import { lost, ran } from "./runs.ts"
import { type Chat, type Item, noChat, type Past, type Told } from "./model.ts"
import { notice } from "./notices.ts"
import { recalled } from "./past.ts"
import { itemsOf, userItem } from "./transcript.ts"

export const reduceChat = (chat: Chat, happening: Happening, now: number): Chat => {
  switch (happening.type) {
    case "frame":
      return heard(clocked(chat, happening.frame, now), happening.frame, now)
    case "chat.opening":
      return { ...noChat, ...unsaid(chat), ...(happening.id !== undefined && { id: happening.id }) }
    case "chat.reading":
      return { ...chat, past: { after: happening.after, told: [] } }
    case "chat.said":
      return withTrouble({ ...chat, draft: "", files: [], outbox: [...chat.outbox, happening.message] }, undefined)
    case "chat.refused": {
      const refused = chat.outbox.find(({ id }) => id === happening.id)
      const outbox = chat.outbox.filter(({ id }) => id !== happening.id)
      return withTrouble({ ...chat, outbox, files: [...chat.files, ...(refused?.files ?? [])] }, happening.text)
    }
    case "chat.typed": {
      const { recalled: _, ...rest } = chat
      return {
        ...rest,
        draft: happening.text,
        offered: 0,
        ...(happening.recalled !== undefined && { recalled: happening.recalled })
      }
    }
    case "chat.offered":
      return { ...chat, offered: happening.at }
    case "chat.filed":
      return { ...chat, files: happening.files }
    case "chat.noted":
      return add(chat, { kind: "note", tone: "plain", text: happening.text })
    case "chat.answered":
      return { ...chat, questions: chat.questions.filter(({ id }) => id !== happening.id) }
    case "chat.unfit":
      return { ...chat, unfit: { id: happening.id, problems: happening.problems } }
    case "chat.troubled":
      return withTrouble(chat, happening.text)
    case "chat.ran":
      return withTrouble({ ...chat, runs: [...chat.runs, happening.run] }, undefined)
    case "chat.helped":
      return add(chat, { kind: "help" })
    case "chat.listed":
      return add(chat, { kind: "list", ...happening.list })
    case "chat.picking": {
      const { picker: _, ...rest } = chat
      return { ...rest, ...(happening.picker && { picker: happening.picker }) }
    }
    default:
      return chat
  }
}

/**
 * How far this machine's clock is ahead of the server's, as far as live events tell: none comes before it was told. Times of a
 * conversation are the server's, so that it says the same of them when it is read again.
 */
const clocked = (chat: Chat, frame: OutFrame, now: number): Chat => {
  if (frame.type !== "event" || frame.session_id !== chat.id || chat.past !== undefined || chat.isResuming) return chat
  const ahead = now - frame.at
  return chat.ahead === undefined || ahead < chat.ahead ? { ...chat, ahead } : chat
}

/** What the server's clock says. */
export const serverTime = ({ ahead = 0 }: Pick<Chat, "ahead">, now: number): number => now - ahead

/** What was not sent belongs to the session it was meant for no longer, and to its writer still. */
const unsaid = ({ outbox, draft, files }: Chat): Pick<Chat, "draft" | "files"> => {
  const unsent = outbox.filter(({ isQueued, isForeign }) => !isQueued && isForeign === undefined)
  const texts = [...unsent.map(({ text }) => text), draft].filter((text) => text !== "")
  return { draft: texts.join("\n\n"), files: [...unsent.flatMap((message) => message.files), ...files] }
}

const withTrouble = ({ trouble: _, ...chat }: Chat, text: string | undefined): Chat => ({
  ...chat,
  ...(text !== undefined && { trouble: text })
})

const heard = (chat: Chat, frame: OutFrame, here: number): Chat => {
  const now = serverTime(chat, here)
  switch (frame.type) {
    case "stopping":
      return { ...chat, isStopping: true }
    case "auth_response": {
      // What was being read is not told to the end any more.
      const { past: _, offers: __, ...rest } = chat
      return { ...lost(rest), isStopping: false, isResuming: chat.isLoaded }
    }
    case "resumed":
      return frame.session_id === chat.id ? { ...chat, isResuming: false } : chat
    case "session":
      return met(chat, frame, now)
    case "commands":
      return frame.session_id === chat.id ? { ...chat, offers: frame.commands } : chat
    case "command_result":
    case "error":
      return ran(chat, frame)
    case "event":
      return chat.past?.session === undefined ? event(chat, frame) : read(chat, chat.past.session, frame, now)
    case "permission":
      return frame.session_id === chat.id ? asked(chat, frame, now) : chat
    case "file":
      if (chat.past?.session !== undefined) return read(chat, chat.past.session, frame, now)
      return frame.session_id === chat.id && chat.isLoaded
        ? add(chat, { kind: "file", file: { name: frame.name, mime: frame.mime, data: frame.data } })
        : chat
    default:
      return chat
  }
}

type SessionFrame = Extract<OutFrame, { type: "session" }>

/** The session of this tab. Without its transcript it only tells how it is. */
const met = (chat: Chat, frame: SessionFrame, now: number): Chat => {
  if (chat.id !== undefined && frame.session_id !== chat.id) return chat
  if (!chat.isLoaded && frame.transcript === undefined) return chat
  if (frame.request_id === undefined || frame.transcript === undefined || chat.past === undefined)
    return shown(chat, frame, now)
  const { after } = chat.past
  return frame.since > after ? { ...chat, past: { after, session: frame, told: [] } } : shown(chat, frame, now)
}

/** What was told before the session was opened is gathered, and shown when the newest of it is there. */
const read = (chat: Chat, session: SessionFrame, frame: Told, now: number): Chat => {
  const { past } = chat
  if (frame.session_id !== chat.id || past === undefined) return chat
  const told = [...past.told, frame]
  if (frame.type === "file" || frame.seq < session.since) return { ...chat, past: { ...past, told } }
  return shown(chat, session, now, { ...past, told })
}

/** It is shown afresh, unless it is shown already and this only tells how it is. */
const shown = (chat: Chat, frame: SessionFrame, now: number, past?: Past): Chat => {
  const { type: _type, transcript = [], request_id, last, since, questions, ...facts } = frame
  const messages = transcript as ReadonlyArray<Message>
  if (chat.isLoaded && request_id !== undefined && past === undefined)
    return transcript.length === 0 ? { ...chat, facts } : filled({ ...chat, facts }, messages)
  const isRunning = frame.state !== "idle"
  const clock = chat.ahead !== undefined && { ahead: chat.ahead }
  const isSame = chat.id === frame.session_id
  const theirs = isSame && { runs: chat.runs, ...(chat.offers !== undefined && { offers: chat.offers }) }
  const kept = { outbox: chat.outbox, made: chat.made, draft: chat.draft, files: chat.files, ...clock, ...theirs }
  // What is told to everybody is no answer to `open`: what comes next is behind `last`.
  const base = { id: frame.session_id, isLoaded: true, last: request_id === undefined ? last : since, facts }
  const omitted = past?.after === 0 ? [] : omittedWords(frame.omitted)
  const notes = [...omitted, ...frame.notices].map((text) => ({ kind: "note", tone: "plain", text }) as const)
  const blank = add({ ...noChat, ...kept, ...base }, ...notes)
  const fresh =
    past === undefined
      ? add(blank, ...itemsOf(messages, isRunning, now))
      : recalled(blank, past.told, messages, past.after === 0)
  const unasked: Chat = { ...fresh, questions: [] }
  const phase = { name: frame.state === "asking" ? ("acting" as const) : frame.state }
  return {
    ...questions.reduce((done, question) => asked(done, question, now), unasked),
    phase,
    since: now,
    ...(isRunning && { turn: fresh.turn ?? { since: now, calls: 0, text: "" } })
  }
}

/** What other clients said is known now. */
const filled = (chat: Chat, messages: ReadonlyArray<Message>): Chat => ({
  ...chat,
  items: chat.items.map((item): Item => {
    if (item.kind !== "user" || item.text !== undefined) return item
    const said = messages.find((message) => message.role === "user" && message.id === item.id)
    return said === undefined ? item : { ...userItem(item.id, said), key: item.key }
  })
})

const event = (chat: Chat, frame: Extract<OutFrame, { type: "event" }>): Chat =>
  frame.session_id !== chat.id || !chat.isLoaded || chat.isResuming || frame.seq <= chat.last
    ? chat
    : { ...notice(chat, frame.event as AgentNotice, frame.at), last: frame.seq }

type AskedFrame = Omit<Extract<OutFrame, { type: "permission" }>, "type" | "session_id">

const asked = (chat: Chat, { id, tool, input, risk, rule, preview, inquiry, agent }: AskedFrame, now: number): Chat =>
  notice(
    chat,
    {
      type: "agent.asked",
      id,
      callId: id,
      tool,
      input,
      risk,
      rule,
      preview: preview as Question["preview"],
      ...(inquiry !== undefined && { inquiry }),
      ...(agent !== undefined && { agent })
    },
    now
  )

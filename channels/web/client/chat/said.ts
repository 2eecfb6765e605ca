/** What users say: it waits until the agent reads it. */
import type { Said } from "../../../../machines/events.ts"
import { add } from "./items.ts"
import type { Chat, FileLabel, ItemBody, Outgoing } from "./model.ts"
import { apart } from "./said-files.ts"
import { pictureLabel } from "./transcript.ts"

export const queued = (chat: Chat, id: string, said: Said | undefined): Chat => {
  const isMine = chat.outbox.some((message) => message.id === id)
  const outbox = isMine
    ? chat.outbox.map((message) => (message.id === id ? { ...message, isQueued: true } : message))
    : said === undefined
      ? chat.outbox
      : [...chat.outbox, { id, text: said.text, files: [], isQueued: true, isForeign: true as const }]
  return { ...chat, outbox }
}

export const started = (chat: Chat, messages: ReadonlyArray<string>, said: ReadonlyArray<Said>, now: number): Chat => ({
  ...readOut(chat, messages, said),
  turn: chat.turn ?? { since: now, calls: 0, text: "" }
})

/** Messages that the agent has read become part of the conversation; what other clients said and was not told is asked for. */
export const readOut = (chat: Chat, ids: ReadonlyArray<string>, said: ReadonlyArray<Said> = []): Chat => {
  const isShown = (id: string) => chat.items.some((item) => item.kind === "user" && item.id === id)
  const news = ids.filter((id) => !id.startsWith("background:") && !isShown(id))
  const bodies = news.map((id): ItemBody => {
    const mine = chat.outbox.find((message) => message.id === id)
    if (mine !== undefined) return { kind: "user", id, text: mine.text, files: labels(mine) }
    const theirs = said.find((message) => message.id === id)
    if (theirs === undefined) return { kind: "user", id, files: [] }
    const { text, files } = apart(theirs.text)
    return { kind: "user", id, text, files: [...files, ...(theirs.images ?? []).map((name) => ({ name }))] }
  })
  return { ...add(chat, ...bodies), outbox: chat.outbox.filter((message) => !ids.includes(message.id)) }
}

const labels = ({ files }: Outgoing): ReadonlyArray<FileLabel> =>
  files.map(({ name, mime, data }) => pictureLabel(name, mime, data))

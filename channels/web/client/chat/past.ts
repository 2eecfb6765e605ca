/**
 * A conversation as its events tell it: with the mends, costs and files that the transcript does not hold. What was said on
 * branches that the conversation has left stands among the events too, and is left out as far as the transcript tells: what
 * was left before everything was summed up or cleared is shown.
 */
import { type Message, textOf } from "../../../../llm/message.ts"
import type { AgentNotice } from "../../../../machines/events.ts"
import { isSummary } from "../../../../machines/room.ts"
import { add } from "./items.ts"
import type { Chat, Item, Told } from "./model.ts"
import { notice } from "./notices.ts"
import { itemsOf, userItem } from "./transcript.ts"

/** Events that are read; what lies before them is taken from the transcript. */
export const longestPast = 4000

/** One turn, and what was told behind it until the next began. */
interface Stretch {
  /** Of the messages that it served. */
  readonly ids: Set<string>
  readonly told: Array<Told>
}

/** @param isWhole The events begin with the session. */
export const recalled = (
  chat: Chat,
  told: ReadonlyArray<Told>,
  transcript: ReadonlyArray<Message>,
  isWhole: boolean
): Chat => {
  const stretches = stretchesOf(told, isWhole)
  const { shown, isForgotten } = onThisBranch(stretches, transcript)
  const known = new Set(stretches.flatMap(({ ids }) => [...ids]))
  const begin = transcript.findIndex((message) => message.role === "user" && known.has(message.id))
  const before = isWhole || isForgotten ? [] : transcript.slice(0, begin === -1 ? undefined : begin)
  const first = add(chat, ...itemsOf(before, false, 0))
  return completed(shown.flatMap((stretch) => stretch.told).reduce(happened, first), transcript)
}

const noticeOf = (frame: Told): AgentNotice | undefined =>
  frame.type === "event" ? (frame.event as AgentNotice) : undefined

const stretchesOf = (told: ReadonlyArray<Told>, isWhole: boolean): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = isWhole ? [{ ids: new Set(), told: [] }] : []
  for (const frame of told) {
    const now = noticeOf(frame)
    if (now?.type === "agent.started") stretches.push({ ids: new Set(), told: [] })
    const stretch = stretches.at(-1)
    // The rest of a turn that began before the events that were read.
    if (stretch === undefined) continue
    stretch.told.push(frame)
    for (const id of (now !== undefined && "messages" in now && now.messages) || []) stretch.ids.add(id)
  }
  return stretches
}

/** What the transcript holds, and what it held until it was summed up or cleared. */
const onThisBranch = (
  stretches: ReadonlyArray<Stretch>,
  transcript: ReadonlyArray<Message>
): { readonly shown: ReadonlyArray<Stretch>; readonly isForgotten: boolean } => {
  const [head] = transcript
  const summary = head !== undefined && isSummary(head) ? textOf(head) : undefined
  const held = new Set(transcript.flatMap((message) => (message.role === "user" ? [message.id] : [])))
  const isHeld = ({ ids }: Stretch): boolean => [...ids].some((id) => held.has(id))
  const forgot = stretches.findLastIndex((stretch) => isForgetting(stretch, summary))
  const isCleared = summary === undefined && !stretches.slice(0, Math.max(0, forgot)).some(isHeld)
  const until = summary !== undefined || isCleared ? forgot : -1
  const shown = stretches.filter((stretch, at) => at <= until || stretch.ids.size === 0 || isHeld(stretch))
  return { shown, isForgotten: until !== -1 }
}

/** @param summary The one that the conversation begins with now. */
const isForgetting = ({ told }: Stretch, summary?: string): boolean =>
  told.some((frame) => {
    const now = noticeOf(frame)
    if (now?.type === "agent.compacted") return summary?.includes(now.summary.trim()) === true
    return now?.type === "agent.changed" && now.cleared === true && summary === undefined
  })

const happened = (chat: Chat, frame: Told): Chat =>
  frame.type === "file"
    ? add(chat, { kind: "file", file: { name: frame.name, mime: frame.mime, data: frame.data } })
    : notice(chat, frame.event as AgentNotice, frame.at)

/** Pictures, and what was said before events told it, stand in the transcript. */
const completed = (chat: Chat, transcript: ReadonlyArray<Message>): Chat => {
  const said = new Map(transcript.flatMap((message) => (message.role === "user" ? [[message.id, message]] : [])))
  const items = chat.items.map((item): Item => {
    const message = item.kind === "user" ? said.get(item.id) : undefined
    return item.kind === "user" && message !== undefined ? { ...userItem(item.id, message), key: item.key } : item
  })
  return { ...chat, items }
}

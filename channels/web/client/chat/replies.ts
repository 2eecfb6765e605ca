/** A reply while it is thought, written, broken off and said. */
import { textOf } from "../../../../llm/message.ts"
import type { AgentNotice } from "../../../../machines/events.ts"
import { isCall } from "./calls.ts"
import { add, change } from "./items.ts"
import { type CallItem, type Chat, enter, type Item } from "./model.ts"
import { readOut } from "./said.ts"

/** The first sign of a new reply: what was queued before it has been read by now. */
export const openRound = (chat: Chat): Chat => {
  const isOpen = chat.items.some((item) => (item.kind === "reply" || item.kind === "thinking") && item.isOpen)
  if (isOpen || chat.phase.name === "writing") return chat
  const queued = chat.outbox.filter((message) => message.isQueued).map((message) => message.id)
  return readOut(chat, queued)
}

export const think = (chat: Chat, delta: string, now: number): Chat =>
  change(
    chat,
    "thinking",
    (item) => item.isOpen,
    (item) => ({ ...item, text: item.text + delta })
  ) ?? add(chat, { kind: "thinking", text: delta, isOpen: true, since: now })

export const endThinking = (chat: Chat, now: number): Chat =>
  change(
    chat,
    "thinking",
    (item) => item.isOpen,
    (item) => ({ ...item, isOpen: false, ms: now - item.since })
  ) ?? chat

export const write = (chat: Chat, delta: string): Chat =>
  change(
    chat,
    "reply",
    (item) => item.isOpen,
    (item) => ({ ...item, text: item.text + delta })
  ) ?? add(chat, { kind: "reply", text: delta, isOpen: true, isVoid: false })

export const retrying = (
  chat: Chat,
  { attempt, delay, reason }: Extract<AgentNotice, { type: "agent.retrying" }>,
  now: number
): Chat => enter(voided(chat), { name: "retrying", attempt, until: now + delay, reason }, now)

/** What was streamed of an unfinished reply does not count. */
export const voided = (chat: Chat): Chat => ({
  ...chat,
  items: chat.items
    .filter((item) => item.kind !== "call" || item.phase !== "written")
    .map((item) => (item.kind === "reply" && item.isOpen ? { ...item, isOpen: false, isVoid: true } : item))
})

/** The whole reply is known now, whatever of it was streamed. */
export const said = (
  chat: Chat,
  { message, usage }: Extract<AgentNotice, { type: "agent.said" }>,
  now: number
): Chat => {
  const text = textOf(message)
  const closed = change(
    chat,
    "reply",
    (item) => item.isOpen,
    (item) => ({ ...item, text: text === "" ? item.text : text, isOpen: false })
  )
  const whole = closed ?? (text.trim() === "" ? chat : add(chat, { kind: "reply", text, isOpen: false, isVoid: false }))
  const calls = message.content.filter((block) => block.type === "call")
  const known = new Set(calls.map((call) => call.id))
  const items = whole.items.filter(
    (item) => !(item.kind === "call" && item.phase === "written" && !known.has(item.call.id))
  )
  const withCalls = calls.reduce<Chat>(
    (done, call) => {
      const waiting = (item: CallItem & { key: string }): Item => ({ ...item, call, phase: "waiting" })
      return (
        change(done, "call", isCall(call.id), (item) => (item.phase === "written" ? waiting(item) : item)) ??
        add(done, { kind: "call", call, phase: "waiting", tail: "", since: now })
      )
    },
    { ...whole, items }
  )
  const { turn = { since: now, calls: 0, text: "" }, facts } = withCalls
  return enter(
    {
      ...withCalls,
      turn: { ...turn, calls: turn.calls + calls.length, text },
      ...(facts && usage && { facts: { ...facts, context_used: contextOf(usage) } })
    },
    { name: calls.length > 0 ? "acting" : "waiting" },
    now
  )
}

/** What the newest request and its reply fill of the window. */
const contextOf = (usage: { input: number; output: number; cacheRead: number; cacheWrite: number }): number =>
  usage.input + usage.output + usage.cacheRead + usage.cacheWrite

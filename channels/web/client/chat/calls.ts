/** Tool calls from the first word of them to their answer. */
import type { AgentNotice } from "../../../../machines/events.ts"
import { planIn } from "../../../../plugins/plan-view.ts"
import { add, change, changeIf } from "./items.ts"
import type { CallItem, Chat, Item } from "./model.ts"

/** Characters of a running call's output that are kept to show its end. */
const tailLength = 8000

export const isCall = (id: string) => (item: Item) => item.kind === "call" && item.call.id === id

export const calling = (chat: Chat, id: string, name: string, now: number): Chat =>
  chat.items.some(isCall(id))
    ? chat
    : add(chat, {
        kind: "call",
        call: { type: "call", id, name, input: undefined },
        phase: "written",
        tail: "",
        since: now
      })

export const progressed = (chat: Chat, callId: string, text: string): Chat =>
  changeIf(chat, "call", isCall(callId), (item) => grown(item, text))

export const acting = (chat: Chat, call: CallItem["call"], now: number): Chat =>
  change(chat, "call", isCall(call.id), (item) => ({ ...item, call, phase: "running", since: now })) ??
  add(chat, { kind: "call", call, phase: "running", tail: "", since: now })

/** A subagent tells what it does in whole lines, and only the newest is shown. */
const grown = (item: Item, text: string): Item =>
  item.kind !== "call"
    ? item
    : { ...item, tail: item.call.name === "task" ? text : (item.tail + text).slice(-tailLength) }

export const settled = (
  chat: Chat,
  { call, answer }: Extract<AgentNotice, { type: "agent.settled" }>,
  now: number
): Chat => {
  const done = (item: CallItem & { key: string }): Item => ({
    ...item,
    call,
    phase: "settled",
    answer,
    ...(item.phase === "running" && { ms: now - item.since })
  })
  const next =
    change(chat, "call", isCall(call.id), done) ??
    add(chat, { kind: "call", call, phase: "settled", tail: "", since: now, answer })
  const plan = planIn(answer)
  const { plan: _, ...rest } = next
  return plan === undefined ? next : plan === null ? rest : { ...next, plan }
}

/** A reply while it is streamed: blocks that are finished become items, the rest stays open. */
import { textOf } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { type Block, finish, grow, nothing } from "../text/stream.ts"
import { append, enter, type LiveCall, proseItem, read, type View } from "./view.ts"

/** The first sign of a new reply: what was queued before it has been read by now. */
export const openRound = (view: View, now: number): View => {
  const isOpen =
    view.streamed !== "" || view.thinking !== undefined || ["thinking", "writing", "calling"].includes(view.phase.name)
  if (isOpen) return view
  const all = view.queued.map((message) => message.id)
  return enter(read(view, all), { name: "writing" }, now)
}

export const think = (view: View, delta: string, now: number): View => {
  const { text, since } = view.thinking ?? { text: "", since: now }
  return enter({ ...view, thinking: { text: text + delta, since } }, { name: "thinking" }, now)
}

export const endThinking = (view: View, now: number): View => {
  if (view.thinking === undefined) return view
  const { thinking, ...rest } = view
  return append(rest, { kind: "thinking", text: thinking.text, ms: now - thinking.since })
}

export const write = (view: View, delta: string, now: number): View => {
  const { blocks, open } = grow(view.open, delta)
  return enter(prose({ ...view, open, streamed: view.streamed + delta }, blocks), { name: "writing" }, now)
}

const prose = (view: View, blocks: ReadonlyArray<Block>): View => {
  const items = blocks.map((block, index) => proseItem(block, !view.opened && index === 0))
  return items.length === 0 ? view : append({ ...view, opened: true }, ...items)
}

/** Ends what was streamed of a reply. */
export const closeReply = (view: View): View => ({
  ...prose(view, finish(view.open)),
  open: nothing,
  streamed: "",
  opened: false
})

export const retry = (
  view: View,
  { attempt, delay, reason }: Extract<AgentNotice, { type: "agent.retrying" }>,
  now: number
): View => {
  const broken = view.streamed.trim() !== ""
  const closed = closeReply(view)
  const told = broken
    ? append(closed, { kind: "note", tone: "warn", text: "The reply broke off here and is asked for again." })
    : closed
  return enter(told, { name: "retrying", attempt, until: now + delay, reason }, now)
}

/** The whole reply is known now; what the stream missed of it is made up for. */
export const said = (view: View, { message }: Extract<AgentNotice, { type: "agent.said" }>, now: number): View => {
  const text = textOf(message)
  const missing = text.startsWith(view.streamed)
    ? text.slice(view.streamed.length)
    : view.streamed === ""
      ? text
      : `\n\n${text}`
  const written = missing === "" ? view : write(view, missing, now)
  const calls = message.content.flatMap((block): ReadonlyArray<LiveCall> =>
    block.type === "call" ? [{ call: block, tail: "" }] : []
  )
  const closed = closeReply(written)
  const turn = closed.turn && { ...closed.turn, calls: closed.turn.calls + calls.length, lastText: text }
  return enter(
    { ...closed, calls: [...closed.calls, ...calls], ...(turn && { turn }) },
    { name: calls.length > 0 ? "acting" : "waiting" },
    now
  )
}

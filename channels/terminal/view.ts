/**
 * What a chat shows, as a value: `view = reduce(view, notice, now)`.
 *
 * `done` only grows at its end and its items never change, so a terminal can print them once and forget them.
 */
import { textOf, type ToolCall } from "../../llm/message.ts"
import type { AgentNotice, Failure, Question, Spent, TerminalNotice } from "../../machines/events.ts"
import type { Answer } from "../../plugins/tool.ts"
import { finish, grow, nothing, type Block, type Open } from "./stream.ts"

export type Item =
  | { readonly kind: "user"; readonly text: string }
  /** A block of a reply; `first` when it opens the reply. */
  | { readonly kind: "prose"; readonly markdown: string; readonly glued: boolean; readonly first: boolean }
  /** `ms` is how long it took; absent in a session that was opened again. */
  | { readonly kind: "thinking"; readonly text: string; readonly ms?: number }
  | { readonly kind: "call"; readonly call: ToolCall; readonly answer: Answer; readonly ms?: number }
  /** What a turn came to, under its last word. */
  | { readonly kind: "end"; readonly outcome: "done" | "verified" | "cancelled"; readonly ms: number; readonly calls: number; readonly spent: Spent }
  | { readonly kind: "note"; readonly tone: "plain" | "warn" | "bad"; readonly text: string }
  | { readonly kind: "rule"; readonly text: string }
  /** The first lines of a chat. */
  | { readonly kind: "banner"; readonly version: string; readonly folder: string; readonly notes: ReadonlyArray<string> }

export interface LiveCall {
  readonly call: ToolCall
  /** Absent while it waits for its start. Milliseconds since the Unix epoch, as all times here. */
  readonly startedAt?: number
  /** The end of what it told while it worked. */
  readonly tail: string
  readonly settled?: { readonly answer: Answer; readonly at: number }
}

export type Phase =
  | { readonly name: "idle" | "waiting" | "thinking" | "writing" | "acting" | "compacting" }
  | { readonly name: "calling"; readonly tool: string }
  | { readonly name: "retrying"; readonly attempt: number; readonly until: number; readonly reason: string }

export interface Queued {
  readonly id: string
  readonly text: string
}

export interface View {
  readonly done: ReadonlyArray<Item>
  /** Items of a session that was opened again which are too old to be printed. */
  readonly before: ReadonlyArray<Item>
  readonly open: Open
  /** Everything streamed of the current reply. */
  readonly streamed: string
  /** A block of the current reply is done. */
  readonly opened: boolean
  readonly thinking?: { readonly text: string; readonly since: number }
  readonly calls: ReadonlyArray<LiveCall>
  readonly questions: ReadonlyArray<Question>
  /** Sent while the agent worked, and not read yet. */
  readonly queued: ReadonlyArray<Queued>
  readonly phase: Phase
  readonly phaseSince: number
  /** The turn that runs. */
  readonly turn?: { readonly since: number; readonly calls: number; readonly lastText: string }
}

export const blank: View = {
  done: [],
  before: [],
  open: nothing,
  streamed: "",
  opened: false,
  calls: [],
  questions: [],
  queued: [],
  phase: { name: "idle" },
  phaseSince: 0
}

/** Characters of a running call's output that are kept to show its end. */
const tailLength = 4000

export const isBusy = (view: View): boolean => view.phase.name !== "idle"

export const append = (view: View, ...items: ReadonlyArray<Item>): View =>
  items.length === 0 ? view : { ...view, done: [...view.done, ...items] }

/** A message was sent: shown at once, or as queued while the agent works. */
export const sent = (view: View, message: Queued, now: number): View =>
  isBusy(view)
    ? { ...view, queued: [...view.queued, message] }
    : enter(append(view, { kind: "user", text: message.text }), { name: "waiting" }, now)

const enter = (view: View, phase: Phase, now: number): View =>
  view.phase.name === phase.name && phase.name !== "retrying" && phase.name !== "calling" ? view : { ...view, phase, phaseSince: now }

export const reduce = (view: View, notice: AgentNotice, now: number): View => {
  switch (notice.type) {
    case "agent.started":
      return enter({ ...read(view, notice.messages), turn: view.turn ?? { since: now, calls: 0, lastText: "" } }, { name: "waiting" }, now)
    case "agent.thinking":
      return think(openRound(view, now), notice.delta, now)
    case "agent.text":
      return write(openRound(endThinking(view, now), now), notice.delta, now)
    case "agent.calling":
      return enter(openRound(endThinking(view, now), now), { name: "calling", tool: notice.name }, now)
    case "agent.retrying":
      return retry(endThinking(view, now), notice, now)
    case "agent.said":
      return said(endThinking(openRound(view, now), now), notice, now)
    case "agent.acting":
      return act(view, notice.call, now)
    case "agent.progressed":
      return progress(view, notice.callId, notice.text)
    case "agent.asked": {
      const { type: _, ...question } = notice
      return { ...view, questions: [...view.questions, question] }
    }
    case "agent.answered":
      return answered(view, notice.id)
    case "agent.settled":
      return settle(view, notice.call, notice.answer, now)
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return end(view, notice, now)
    default:
      return aside(view, notice, now)
  }
}

type Aside = Extract<AgentNotice, { type: "agent.queued" | "agent.compacting" | "agent.compacted" | "agent.changed" | "agent.warned" }>

/** Notices that are not about a turn. */
const aside = (view: View, notice: Aside, now: number): View => {
  switch (notice.type) {
    case "agent.compacting":
      return enter(view, { name: "compacting" }, now)
    case "agent.compacted":
      return enter(append(view, { kind: "rule", text: "conversation compacted" }), afterCompacting(view), now)
    case "agent.changed":
      return notice.cleared ? append(view, { kind: "rule", text: "conversation cleared" }) : view
    case "agent.warned":
      return enter(append(view, failureNote(notice.failure)), afterCompacting(view), now)
    case "agent.queued":
      return view
  }
}

const afterCompacting = (view: View): Phase =>
  view.phase.name === "compacting" ? { name: view.turn === undefined ? "idle" : "waiting" } : view.phase

const failureNote = ({ message }: Failure): Item => ({ kind: "note", tone: "bad", text: message })

/** The question is out of the way, whoever answered it. */
export const answered = (view: View, id: string): View => ({ ...view, questions: view.questions.filter((question) => question.id !== id) })

/** Queued messages that the agent has read become part of the conversation. */
const read = (view: View, ids: ReadonlyArray<string>): View => {
  const taken = view.queued.filter((message) => ids.includes(message.id))
  if (taken.length === 0) return view
  const left = view.queued.filter((message) => !ids.includes(message.id))
  return append({ ...view, queued: left }, ...taken.map(({ text }): Item => ({ kind: "user", text })))
}

/** The first sign of a new reply: what was queued before it has been read by now. */
const openRound = (view: View, now: number): View => {
  const isOpen = view.streamed !== "" || view.thinking !== undefined || ["thinking", "writing", "calling"].includes(view.phase.name)
  if (isOpen) return view
  const all = view.queued.map((message) => message.id)
  return enter(read(view, all), { name: "writing" }, now)
}

const think = (view: View, delta: string, now: number): View => {
  const { text, since } = view.thinking ?? { text: "", since: now }
  return enter({ ...view, thinking: { text: text + delta, since } }, { name: "thinking" }, now)
}

const endThinking = (view: View, now: number): View => {
  if (view.thinking === undefined) return view
  const { thinking, ...rest } = view
  return append(rest, { kind: "thinking", text: thinking.text, ms: now - thinking.since })
}

const write = (view: View, delta: string, now: number): View => {
  const { blocks, open } = grow(view.open, delta)
  return enter(prose({ ...view, open, streamed: view.streamed + delta }, blocks), { name: "writing" }, now)
}

const prose = (view: View, blocks: ReadonlyArray<Block>): View => {
  const items = blocks.map((block, index): Item => ({ kind: "prose", ...block, first: !view.opened && index === 0 }))
  return items.length === 0 ? view : append({ ...view, opened: true }, ...items)
}

/** Ends what was streamed of a reply. */
const closeReply = (view: View): View => ({ ...prose(view, finish(view.open)), open: nothing, streamed: "", opened: false })

const retry = (view: View, { attempt, delay, reason }: Extract<AgentNotice, { type: "agent.retrying" }>, now: number): View => {
  const broken = view.streamed.trim() !== ""
  const closed = closeReply(view)
  const told = broken ? append(closed, { kind: "note", tone: "warn", text: "The reply broke off here and is asked for again." }) : closed
  return enter(told, { name: "retrying", attempt, until: now + delay, reason }, now)
}

/** The whole reply is known now; what the stream missed of it is made up for. */
const said = (view: View, { message }: Extract<AgentNotice, { type: "agent.said" }>, now: number): View => {
  const text = textOf(message)
  const missing = text.startsWith(view.streamed) ? text.slice(view.streamed.length) : view.streamed === "" ? text : `\n\n${text}`
  const written = missing === "" ? view : write(view, missing, now)
  const calls = message.content.flatMap((block): ReadonlyArray<LiveCall> => (block.type === "call" ? [{ call: block, tail: "" }] : []))
  const closed = closeReply(written)
  const turn = closed.turn && { ...closed.turn, calls: closed.turn.calls + calls.length, lastText: text }
  return enter(
    { ...closed, calls: [...closed.calls, ...calls], ...(turn && { turn }) },
    { name: calls.length > 0 ? "acting" : "waiting" },
    now
  )
}

const updateCall = (view: View, id: string, change: (live: LiveCall) => LiveCall): View => ({
  ...view,
  calls: view.calls.map((live) => (live.call.id === id ? change(live) : live))
})

const act = (view: View, call: ToolCall, now: number): View => {
  const known = view.calls.some((live) => live.call.id === call.id)
  const all = known ? view : { ...view, calls: [...view.calls, { call, tail: "" }] }
  return enter(
    updateCall(all, call.id, (live) => ({ ...live, startedAt: live.startedAt ?? now })),
    { name: "acting" },
    now
  )
}

const progress = (view: View, callId: string, text: string): View =>
  updateCall(view, callId, (live) => ({ ...live, tail: (live.tail + text).slice(-tailLength) }))

/** Calls are printed in the order they were asked for: one that is done waits for those before it. */
const settle = (view: View, call: ToolCall, answer: Answer, now: number): View => {
  const known = view.calls.some((live) => live.call.id === call.id)
  const all = known ? view : { ...view, calls: [...view.calls, { call, tail: "" }] }
  const next = updateCall(all, call.id, (live) => ({ ...live, settled: { answer, at: now } }))
  const open = next.calls.findIndex((live) => live.settled === undefined)
  const ready = open === -1 ? next.calls.length : open
  const printed = append({ ...next, calls: next.calls.slice(ready) }, ...next.calls.slice(0, ready).map(callItem))
  return printed.calls.length === 0 && printed.phase.name === "acting" ? enter(printed, { name: "waiting" }, now) : printed
}

const stopped: Answer = { success: false, errorClass: "cancelled", error: "stopped before it was done" }

const callItem = ({ call, settled, startedAt }: LiveCall): Item => ({
  kind: "call",
  call,
  answer: settled?.answer ?? stopped,
  ...(settled !== undefined && startedAt !== undefined && { ms: settled.at - startedAt })
})

const end = (view: View, notice: TerminalNotice, now: number): View => {
  const closed = closeReply(read(endThinking(view, now), notice.messages))
  const printed = append({ ...closed, calls: [], questions: [] }, ...closed.calls.map(callItem))
  const { turn, ...rest } = printed
  return { ...append(rest, ...ending(notice, turn, now)), phase: { name: "idle" }, phaseSince: now }
}

const ending = (notice: TerminalNotice, turn: View["turn"], now: number): ReadonlyArray<Item> => {
  if (notice.type === "agent.failed") return [failureNote(notice.failure)]
  const { since, calls, lastText } = turn ?? { since: now, calls: 0, lastText: "" }
  const outcome = notice.type === "agent.cancelled" ? "cancelled" : notice.verified ? "verified" : "done"
  const closing: Item = { kind: "end", outcome, ms: now - since, calls, spent: notice.spent }
  // A task that was reported done has its final word in the report, not in a reply.
  const isNew = notice.type === "agent.replied" && notice.text.trim() !== "" && notice.text.trim() !== lastText.trim()
  return isNew ? [{ kind: "prose", markdown: notice.text, glued: false, first: true }, closing] : [closing]
}

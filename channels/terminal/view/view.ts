/**
 * What a chat shows, as a value that `reduce` makes of notices.
 *
 * `done` only grows at its end and its items never change, so a terminal can print them once and forget them.
 */
import type { ToolCall } from "../../../llm/message.ts"
import type { PluginNews, Question, Said, SeamNews, Spent } from "../../../machines/events.ts"
import type { ToldAnswer } from "../../../plugins/outcome.ts"
import type { PlanView } from "../../../plugins/plan-view.ts"
import type { Answer } from "../../../plugins/tool.ts"
import { joint, nothing, type Block, type Open } from "../text/stream.ts"

export type Item =
  /** `images`: a label for each that came with it. `elsewhere`: it was not said here. */
  | {
      readonly kind: "user"
      readonly text: string
      readonly images?: ReadonlyArray<string>
      readonly elsewhere?: true
    }
  /** A block of a reply; `first` when it opens the reply. */
  | (Block & { readonly kind: "prose"; readonly first: boolean })
  /** `ms` is how long it took; absent in a session that was opened again. */
  | { readonly kind: "thinking"; readonly text: string; readonly ms?: number }
  | { readonly kind: "call"; readonly call: ToolCall; readonly answer: ToldAnswer; readonly ms?: number }
  /** What a turn came to, under its last word. */
  | {
      readonly kind: "end"
      readonly outcome: "done" | "verified" | "cancelled"
      readonly ms: number
      readonly calls: number
      readonly spent: Spent
    }
  | {
      readonly kind: "note"
      readonly tone: "plain" | "warn" | "bad"
      readonly text: string
      /** Shown below it. */
      readonly diff?: string
    }
  /** Something happened to a plugin. */
  | { readonly kind: "plugin"; readonly news: PluginNews }
  /** Something was mended, or could not be. */
  | { readonly kind: "seam"; readonly news: SeamNews }
  /** What an agent in the background came to. `title`: which one, and how it ended. */
  | { readonly kind: "delivered"; readonly title: string; readonly text: string; readonly isGood: boolean }
  | { readonly kind: "plan"; readonly plan: PlanView }
  | { readonly kind: "rule"; readonly text: string }
  /** The first lines of a chat. */
  | {
      readonly kind: "banner"
      readonly version: string
      readonly folder: string
      readonly notes: ReadonlyArray<string>
    }

export interface LiveCall {
  readonly call: ToolCall
  /** Absent while it waits for its start. Milliseconds since the Unix epoch, as all times here. */
  readonly startedAt?: number
  /** The end of what it told while it worked, and when it told that. */
  readonly tail: string
  readonly toldAt?: number
  readonly settled?: { readonly answer: Answer; readonly at: number }
}

export type Phase =
  | { readonly name: "idle" | "waiting" | "thinking" | "writing" | "acting" | "compacting" }
  | { readonly name: "calling"; readonly tool: string }
  | { readonly name: "retrying"; readonly attempt: number; readonly until: number; readonly reason: string }

export interface Queued {
  readonly id: string
  readonly text: string
  readonly images?: ReadonlyArray<string>
  /** Another one said it who is in this session. */
  readonly elsewhere?: true
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
  /** Ids of messages that are shown, queued or not, and belong to a turn that has not ended. */
  readonly known: ReadonlyArray<string>
  /** As the newest answer tells it, and as it was printed last. */
  readonly plan?: PlanView
  readonly planPrinted?: PlanView
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
  known: [],
  phase: { name: "idle" },
  phaseSince: 0
}

export const isBusy = (view: View): boolean => view.phase.name !== "idle"

/** What is printed, what is too old to be printed, and what is still being written: the whole conversation. */
export const everything = (view: View): ReadonlyArray<Item> => [
  ...view.before,
  ...view.done,
  ...(view.open.text.trim() === "" ? [] : [proseItem({ markdown: view.open.text, ...joint(view.open) }, !view.opened)]),
  ...view.calls.map(({ call, tail, settled }): Item => ({
    kind: "call",
    call,
    answer: settled?.answer ?? { success: true, data: tail, summary: "still running" }
  }))
]

export const proseItem = (block: Block, first: boolean): Item => ({ kind: "prose", ...block, first })

export const append = (view: View, ...items: ReadonlyArray<Item>): View =>
  items.length === 0 ? view : { ...view, done: [...view.done, ...items] }

export const enter = (view: View, phase: Phase, now: number): View =>
  view.phase.name === phase.name && phase.name !== "retrying" && phase.name !== "calling"
    ? view
    : { ...view, phase, phaseSince: now }

/** A message was sent: shown at once, or as queued while the agent works. */
export const sent = (before: View, message: Queued, now: number): View => {
  const view = { ...before, known: [...before.known, message.id] }
  return isBusy(view)
    ? { ...view, queued: [...view.queued, message] }
    : enter(append(view, userItem(message)), { name: "waiting" }, now)
}

/** What others said in this session, each once. */
export const heard = (view: View, said: ReadonlyArray<Said>, isQueued: boolean): View => {
  const news = said
    .filter(({ id }) => !view.known.includes(id))
    .map(({ id, text, images = [] }): Queued => ({
      id,
      text,
      elsewhere: true,
      images: images.map((name) => `[image: ${name}]`)
    }))
  const known = { ...view, known: [...view.known, ...news.map(({ id }) => id)] }
  return isQueued ? { ...known, queued: [...known.queued, ...news] } : append(known, ...news.map(userItem))
}

/** The question is out of the way, whoever answered it. */
export const answered = (view: View, id: string): View => ({
  ...view,
  questions: view.questions.filter((question) => question.id !== id)
})

/** Queued messages that the agent has read become part of the conversation. */
export const read = (view: View, ids: ReadonlyArray<string>): View => {
  const taken = view.queued.filter((message) => ids.includes(message.id))
  if (taken.length === 0) return view
  const left = view.queued.filter((message) => !ids.includes(message.id))
  return append({ ...view, queued: left }, ...taken.map(userItem))
}

export const userItem = ({ text, images = [], elsewhere }: Omit<Queued, "id">): Item => ({
  kind: "user",
  text,
  ...(images.length > 0 && { images }),
  ...(elsewhere && { elsewhere })
})

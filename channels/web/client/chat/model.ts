/** What the chat knows: one session as it is shown, what the user is about to say, and what is asked of them. */
import type { Question, SeamNews, Spent } from "../../../../machines/events.ts"
import type { ToolCall } from "../../../../llm/message.ts"
import type { PlanView } from "../../../../plugins/plan-view.ts"
import type { ToldAnswer } from "../../../../plugins/outcome.ts"
import type { OutFrame } from "../../../wire/frames.ts"

/** A file on its way, in either direction. */
export interface FileData {
  readonly name: string
  readonly mime: string
  /** Base64. */
  readonly data: string
}

export interface CallItem {
  readonly kind: "call"
  readonly call: ToolCall
  /** written: the model is still at it · waiting: for its turn or for a word · running · settled. */
  readonly phase: "written" | "waiting" | "running" | "settled"
  /** The end of what it told while it worked. */
  readonly tail: string
  /** Milliseconds since the Unix epoch, as all times here. */
  readonly since: number
  readonly ms?: number
  readonly answer?: ToldAnswer
}

export type ItemBody =
  /** `text` is absent while the server is asked what another client said. */
  | { readonly kind: "user"; readonly id: string; readonly text?: string; readonly files: ReadonlyArray<FileLabel> }
  | { readonly kind: "reply"; readonly text: string; readonly isOpen: boolean; readonly isVoid: boolean }
  | {
      readonly kind: "thinking"
      readonly text: string
      readonly isOpen: boolean
      readonly since: number
      readonly ms?: number
    }
  | CallItem
  | {
      readonly kind: "end"
      readonly outcome: "done" | "verified" | "failed" | "cancelled"
      readonly ms?: number
      readonly calls: number
      readonly spent: Spent
    }
  | { readonly kind: "note"; readonly tone: "plain" | "warn" | "bad" | "good"; readonly text: string }
  | { readonly kind: "rule"; readonly text: string; readonly more?: string }
  | { readonly kind: "seam"; readonly news: SeamNews }
  | { readonly kind: "delivered"; readonly title: string; readonly text: string; readonly isGood: boolean }
  | { readonly kind: "file"; readonly file: FileData }
  | { readonly kind: "plan"; readonly plan: PlanView }
  /** What a command of the user answered; only here. */
  | { readonly kind: "help" }
  | ({ readonly kind: "list" } & List)
  /** What a command of a plugin showed. `text`: Markdown. */
  | { readonly kind: "shown"; readonly title: string; readonly text: string }

export interface List {
  readonly title: string
  readonly rows: ReadonlyArray<{ readonly name: string; readonly text: string }>
}

/** What is shown of a file that a user sent; `src` where it is a picture that is at hand. */
export interface FileLabel {
  readonly name: string
  readonly src?: string
}

export type Item = ItemBody & { readonly key: string }

/** A message that the server has not yet said to be read. It is said again after a lost connection. */
export interface Outgoing {
  readonly id: string
  readonly text: string
  readonly files: ReadonlyArray<FileData>
  /** The agent works and reads it before its next step. */
  readonly isQueued: boolean
  /** Another client said it, and says it again where that is needed. */
  readonly isForeign?: true
}

/** Commands of plugins. */
export type Offers = Extract<OutFrame, { type: "commands" }>["commands"]

/** A command that the server runs. */
export interface Run {
  readonly id: string
  /** As it was typed. */
  readonly label: string
}

export type Facts = Omit<
  Extract<OutFrame, { type: "session" }>,
  "type" | "transcript" | "request_id" | "last" | "since" | "questions"
>

export type Phase =
  | { readonly name: "idle" | "waiting" | "thinking" | "writing" | "acting" | "compacting" }
  | { readonly name: "retrying"; readonly attempt: number; readonly until: number; readonly reason: string }

/** A list to choose from, over the page. */
export interface Picker {
  readonly kind: "model" | "permissions" | "point"
  /** Absent while the server is asked. */
  readonly choices?: ReadonlyArray<Choice>
  readonly filter: string
  readonly at: number
}

export interface Choice {
  readonly id: string
  readonly title: string
  readonly note?: string
  readonly isCurrent?: boolean
}

/** What is told of the past: events, and files right before the event of theirs. */
export type Told = Extract<OutFrame, { type: "event" | "file" }>

export interface Past {
  readonly after: number
  /** Absent before the server has answered. */
  readonly session?: Extract<OutFrame, { type: "session" }>
  readonly told: ReadonlyArray<Told>
}

export interface Chat {
  /** The session of this tab; absent: a new one is to be opened. */
  readonly id?: string
  /** What is shown is that session's; before that, events of it are not understood. */
  readonly isLoaded: boolean
  /** It is being read: its events after this number are asked for, and shown with the session when all are there. */
  readonly past?: Past
  /** What comes live is not in order yet: what was missed comes first, behind `resumed`. */
  readonly isResuming: boolean
  /** Number of the newest event that is shown. */
  readonly last: number
  readonly facts?: Facts
  readonly items: ReadonlyArray<Item>
  /** Counts items, for their keys. */
  readonly made: number
  readonly questions: ReadonlyArray<Question>
  /** What is wrong with what was filled in for a question, by the names of its fields. */
  readonly unfit?: { readonly id: string; readonly problems: Readonly<Record<string, string>> }
  readonly outbox: ReadonlyArray<Outgoing>
  readonly phase: Phase
  readonly since: number
  /** Milliseconds by which this machine's clock is ahead of the server's; times in here are the server's. */
  readonly ahead?: number
  readonly turn?: { readonly since: number; readonly calls: number; readonly text: string }
  /** A plan that is carried out, until it comes to rest. */
  readonly plan?: PlanView
  readonly picker?: Picker
  /** What is typed and not sent, and the files beside it. */
  readonly draft: string
  readonly files: ReadonlyArray<FileData>
  /** How many messages ago the draft was said: history is being looked through. */
  readonly recalled?: number
  /** Which of the commands that fit the draft is marked. */
  readonly offered: number
  /** Those of plugins; absent while the server was not asked. */
  readonly offers?: Offers
  readonly runs: ReadonlyArray<Run>
  /** What went wrong with the user's last order, above the prompt. */
  readonly trouble?: string
  /** The server begins nothing new. */
  readonly isStopping: boolean
}

export const noChat: Chat = {
  isLoaded: false,
  isResuming: false,
  last: 0,
  items: [],
  made: 0,
  questions: [],
  outbox: [],
  phase: { name: "idle" },
  since: 0,
  draft: "",
  files: [],
  offered: 0,
  runs: [],
  isStopping: false
}

export type ChatHappening =
  /** Another session becomes that of this tab; without an id a new one. */
  | { readonly type: "chat.opening"; readonly id?: string }
  /** It is asked for with its events after this number. */
  | { readonly type: "chat.reading"; readonly after: number }
  | { readonly type: "chat.said"; readonly message: Outgoing }
  | { readonly type: "chat.answered"; readonly id: string }
  /** What was filled in does not fit the fields of a question; by their names. */
  | { readonly type: "chat.unfit"; readonly id: string; readonly problems: Readonly<Record<string, string>> }
  | { readonly type: "chat.troubled"; readonly text?: string }
  /** A message that the server did not take. */
  | { readonly type: "chat.refused"; readonly id: string; readonly text: string }
  | { readonly type: "chat.helped" }
  | { readonly type: "chat.ran"; readonly run: Run }
  | { readonly type: "chat.listed"; readonly list: List }
  | { readonly type: "chat.typed"; readonly text: string; readonly recalled?: number }
  | { readonly type: "chat.offered"; readonly at: number }
  | { readonly type: "chat.filed"; readonly files: ReadonlyArray<FileData> }
  | { readonly type: "chat.noted"; readonly text: string }
  | { readonly type: "chat.picking"; readonly picker?: Picker }

export const isBusy = (chat: Chat): boolean => chat.phase.name !== "idle"

export const enter = (chat: Chat, phase: Phase, now: number): Chat =>
  chat.phase.name === phase.name && phase.name !== "retrying" ? chat : { ...chat, phase, since: now }

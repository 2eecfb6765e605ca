/** What an agent remembers, and what the actors that it sets to work are told. */
import type { ToolCall, UserMessage } from "../llm/message.ts"
import type { Mode, Narrowing } from "../plugins/permission.ts"
import type { Background } from "./background.ts"
import { type Facts, noFacts } from "./facts.ts"
import type { Limits, Question, Spent, Transcript } from "./events.ts"
import type { Room } from "./room.ts"
import { type Blind, nothingSpent } from "./spending.ts"
import { noTurn, type Started, type Turn } from "./turn.ts"

export interface AgentContext {
  readonly transcript: Transcript
  /** Arrived and not yet read by the model. */
  readonly mail: ReadonlyArray<Mail>
  readonly turn: Turn
  /** Text of the reply that is being written. */
  readonly partial: string
  readonly started: Started
  readonly questions: ReadonlyArray<Question>
  /** Agents that it started and that nobody waits for, oldest first. */
  readonly background: ReadonlyArray<Background>
  /** Rules that the user's "always" added to this session. */
  readonly allowed: ReadonlyArray<string>
  readonly model: string
  readonly permissions: Mode
  readonly maxTurns: number
  /** False: one plain answer, no tools. */
  readonly loop: boolean
  /** Of the whole session. */
  readonly spent: Spent
  readonly limits: Limits
  readonly blind: Blind
  /** Tokens of the newest request's prompt and reply; roughly, where the provider does not count. */
  readonly contextUsed: number
  /** Tokens of the first prompt after the newest compaction; 0 before the first, `undefined` until one is known. */
  readonly floor: number | undefined
  /** What is known of the parts of the conversation that summaries stand for. */
  readonly facts: Facts
}

export interface Mail {
  readonly message: UserMessage
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** It must be admitted before a model reads it; absent: it was, or need not be. asked: it is looked at now. */
  readonly gate?: "shut" | "asked"
  /** Its end was told before anybody read it. */
  readonly held?: true
}

/** What the model actor is started with. */
export interface ModelOrder {
  readonly transcript: Transcript
  readonly model: string
  /** False: none may be called. */
  readonly tools: boolean
  /** Absent: it is asked, however full its window is; compacting has been tried. */
  readonly room?: Room
}

/** What the tools actor is started with. */
export interface ToolsOrder {
  readonly calls: ReadonlyArray<ToolCall>
  readonly taskStartedAt: number
  readonly permissions: Mode
  readonly allowed: ReadonlyArray<string>
  readonly only: ReadonlyArray<Narrowing>
}

/** What the admission actor is started with. */
export interface AdmissionOrder extends Omit<ToolsOrder, "calls"> {
  /** In the order in which they were said. */
  readonly messages: ReadonlyArray<UserMessage>
}

/** What the ending actor is started with. */
export interface EndingOrder {
  /** The reply that would end the turn. */
  readonly text: string
  /** How often plugins had it go on. */
  readonly again: number
}

/** What the compaction actor is started with. */
export interface CompactionOrder {
  readonly transcript: Transcript
  readonly model: string
  readonly focus: string | undefined
  /** The model has refused the conversation for its length. */
  readonly refused: boolean
  /** It was not the user who asked for it: a summary that frees nothing is none. */
  readonly automatic: boolean
}

export const newAgent: AgentContext = {
  transcript: [],
  mail: [],
  turn: noTurn,
  partial: "",
  started: {},
  questions: [],
  background: [],
  allowed: [],
  model: "",
  permissions: "ask",
  maxTurns: 50,
  loop: true,
  spent: nothingSpent,
  limits: {},
  blind: {},
  contextUsed: 0,
  floor: 0,
  facts: noFacts
}

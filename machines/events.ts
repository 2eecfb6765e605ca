/** Everything that can happen to an agent, and everything it tells. Orders are imperative, reports are in the past. */
import type { AssistantMessage, ImageBlock, Message, TextBlock, ToolCall } from "../llm/message.ts"
import type { FinishReason, Taken, Usage } from "../llm/model.ts"
import type { FieldValue, Inquiry } from "../plugins/inquiry.ts"
import type { AgentResult, BackgroundState } from "../plugins/ports.ts"
import type { Answer, Preview, Risk } from "../plugins/tool.ts"
import type { Mode } from "../plugins/permission.ts"
import type { Background } from "./background.ts"

/** What a channel may say to an agent. Ids and times are made by the sender: the machine itself has neither clock nor chance. */
export type UserEvent =
  | {
      readonly type: "user.message"
      readonly id: string
      readonly content: ReadonlyArray<TextBlock | ImageBlock>
      /** Milliseconds since the Unix epoch. */
      readonly at: number
      /** Plugins have a say in it before a model reads it. The session marks it so; what a sender says of it counts nothing. */
      readonly gated?: true
    }
  /** Stops the current turn: model stream and running tools at once. Messages that wait are kept. */
  | { readonly type: "user.cancel" }
  | {
      readonly type: "permission.answered"
      readonly id: string
      readonly decision: "allow" | "always" | "deny"
      /** Values for an inquiry's fields; what does not fit them leaves the question open. */
      readonly content?: Readonly<Record<string, FieldValue>>
    }
  /** Replaces the conversation so far by a summary; `focus` says what must be kept. Ignored while a turn runs. */
  | { readonly type: "user.compact"; readonly focus?: string }
  /** The model sees nothing said before; the journal keeps it. Ignored while a turn runs. */
  | { readonly type: "user.clear" }
  | { readonly type: "user.model"; readonly model: string }
  | { readonly type: "user.permissions"; readonly mode: Mode }

/** A failure as the journal stores it. */
export interface Failure {
  /** A `ModelErrorReason` kind, `max_turns`, `repetition`, `budget`, `journal`, `interrupted`, `refused`, `opposed` or `defect`. */
  readonly code: string
  /** What happened and what to do next. */
  readonly message: string
  /** The rule in `permissions.allow` that would have let it through, when nobody was there to ask. */
  readonly needs?: string
}

/** A call that waits for the user's word: may it run, or, with an `inquiry`, what it wants to know while it runs. */
export interface Question {
  readonly id: string
  readonly callId: string
  readonly tool: string
  readonly input: unknown
  readonly risk: Risk
  readonly preview: Preview
  /** What "always" adds to this session, as written in `permissions.allow`; empty: nothing, it is as good as "allow". */
  readonly rule: string
  /** Absent: the call waits for permission. Present: "allow" answers it with values for its fields, "deny" declines it. */
  readonly inquiry?: Inquiry
  /** What the subagent works on that wants to make the call; absent: the agent itself wants to. */
  readonly agent?: string
}

/** How a plugin is, after something happened to it. */
export interface PluginNews {
  readonly plugin: string
  readonly state: "healthy" | "degraded" | "quarantined" | "disabled"
  /** What happened, in one line. */
  readonly reason: string
}

/** A seam that was made, or came to another status. */
export interface SeamNews {
  readonly seam: string
  readonly plugin: string
  readonly tool?: string
  /** active: it holds · proposed: it waits for the user's word · noted: it was answered for, or nothing could be mended. */
  readonly status: "active" | "proposed" | "noted" | "accepted" | "undone" | "rolled_back"
  readonly state: "contained" | "degraded" | "provisional" | "healed"
  /** The rung that held; absent when none did. */
  readonly strategy?: "wrap" | "stub" | "install" | "patch" | "rewrite"
  /** What was done, in one line. */
  readonly summary: string
  /** What was lost by it, a line each. */
  readonly degraded: ReadonlyArray<string>
  /** Unified diff of the code that was changed. */
  readonly diff?: string
}

/** What the actors report to the machine. */
export type ReportEvent =
  | { readonly type: "model.text"; readonly delta: string }
  | { readonly type: "model.thinking"; readonly delta: string }
  | { readonly type: "model.calling"; readonly callId: string; readonly name: string }
  /** What was streamed of this reply so far is void; another attempt follows. */
  | { readonly type: "model.retrying"; readonly attempt: number; readonly delay: number; readonly reason: string }
  /** An attempt came to nothing after something had come; what it took is paid all the same. */
  | { readonly type: "model.broke"; readonly took: Taken }
  | {
      readonly type: "model.replied"
      readonly message: AssistantMessage
      readonly usage?: Usage
      readonly cost?: number
      readonly finishReason: FinishReason
      /** Plugins are heard before it ends a turn. */
      readonly gated?: true
    }
  | { readonly type: "model.failed"; readonly failure: Failure }
  /** The conversation does not fit into the model's window. `failure`: it said so; absent: it would have, and was not asked. */
  | { readonly type: "model.full"; readonly failure?: Failure }
  | {
      readonly type: "tool.started"
      readonly callId: string
      readonly idempotent: boolean
      /** What it runs with, where a guard has changed it. */
      readonly input?: unknown
    }
  | { readonly type: "tool.progressed"; readonly callId: string; readonly text: string }
  | ({ readonly type: "permission.asked" } & Question)
  | {
      readonly type: "tool.settled"
      readonly callId: string
      readonly answer: Answer
      /** The answer ends the turn: a verified `task_done`. */
      readonly final: boolean
      /** Plugins are heard before it does. */
      readonly gated?: true
    }
  /** A message that was gated may be read. `content`: by the model, in place of what was said; absent: as it was said. */
  | {
      readonly type: "message.admitted"
      readonly id: string
      readonly content?: ReadonlyArray<TextBlock | ImageBlock>
    }
  /** No model reads it. */
  | { readonly type: "message.refused"; readonly id: string; readonly failure: Failure }
  /** A plugin has the turn go on, which a reply would have ended. `id`: of the message that the model reads. */
  | { readonly type: "ending.opposed"; readonly id: string; readonly plugin: string; readonly text: string }
  | { readonly type: "ending.passed" }
  /** An agent that a call waited for has ended; what it spent counts for the turn. */
  | { readonly type: "subagent.ended"; readonly id: string; readonly spent: Spent }
  /** An agent was started that nobody waits for. `id`: of its session. */
  | {
      readonly type: "background.started"
      readonly id: string
      readonly description: string
      /** Milliseconds since the Unix epoch. */
      readonly at: number
    }
  /** It is over. The result is a message to this agent; of one id the first counts, and only after `background.started`. */
  | {
      readonly type: "background.settled"
      readonly id: string
      readonly result: AgentResult
      readonly spent: Spent
      readonly at: number
    }
  /** A plugin broke, came back, or was taken out of use. */
  | ({ readonly type: "plugin.changed" } & PluginNews)
  | ({ readonly type: "seam.made" } & SeamNews)
  | ({
      readonly type: "compaction.finished"
      readonly summary: string
      /** Newest messages that stay word for word behind the summary; absent: none. */
      readonly kept?: number
    } & CompactionPrice)
  /** A plugin would not have it compacted, which it must be all the same: it does not fit any more. */
  | { readonly type: "compaction.objected"; readonly plugin: string; readonly reason: string }
  | ({ readonly type: "compaction.failed"; readonly failure: Failure } & CompactionPrice)
  /**
   * The first event of every opening, new or resumed: what the journal left running before it is gone, and these
   * limits hold from here on. They stand in the journal so that replay decides as the first run did.
   */
  | {
      readonly type: "session.opened"
      /** Absent: as before. */
      readonly model?: string
      readonly permissions?: Mode
      readonly maxTurns: number
      /** `react.enabled`. */
      readonly loop: boolean
      /** Of the whole session; absent: what the events before it cost, which is less when others are on another branch. */
      readonly spent?: Spent
      /** Absent: none. */
      readonly limits?: Limits
      /** Those in the background that run now; absent: the events before it say so. */
      readonly background?: ReadonlyArray<Background>
      /**
       * The turn that its process left open goes on, with `session.resumed`, unless it did so three times; absent: it ends here.
       */
      readonly goOn?: true
    }
  /** Whatever was opened is there to go on with the turn that `session.opened` has found open. */
  | { readonly type: "session.resumed" }
  /** It is closed while a turn runs, which ends here, together with the messages that wait. */
  | { readonly type: "session.closed" }

export type AgentEvent = UserEvent | ReportEvent

/** What a summary took. `model`: who wrote it; absent where nobody was asked, and in journals of before. */
export interface CompactionPrice {
  readonly model?: string
  readonly usage?: Usage
  readonly cost?: number
}

/** Tokens and money of a turn or a session so far. */
export interface Spent {
  readonly usage: Usage
  /** US dollars; absent as soon as one request's cost is unknown. */
  readonly cost?: number
  /** By the id of the model that answered. Absent: nothing was asked, or the journal is of before. */
  readonly models?: Readonly<Record<string, ModelSpent>>
}

/** What one model took. */
export interface ModelSpent {
  /** Replies of it. */
  readonly requests: number
  /** Attempts that broke off after something had come; what they took is counted as far as it was told. Absent: none. */
  readonly broken?: number
  readonly usage: Usage
  /** US dollars; absent as soon as a part of it is unknown. */
  readonly cost?: number
  /** US dollars, of what is known. */
  readonly costAtLeast: number
  /** Requests whose cost is not known. */
  readonly unpriced: number
  /** Requests whose tokens are not known. */
  readonly uncounted: number
}

/** What a session may spend at most. */
export interface Limits {
  /** US dollars. */
  readonly maxCost?: number
  /** Tokens, in and out. */
  readonly maxTokens?: number
}

export interface TurnEnd {
  /** Ids of the messages that this turn served: the user's, and results of background agents (`background:…`). */
  readonly messages: ReadonlyArray<string>
  readonly spent: Spent
}

/** What the user said, for channels that did not send it themselves. */
export interface Said {
  /** Of the message. */
  readonly id: string
  readonly text: string
  /** Name or kind of each picture. */
  readonly images?: ReadonlyArray<string>
}

/** What an agent tells its channels. Exactly one of replied, failed and cancelled ends each turn. */
export type AgentNotice =
  | {
      readonly type: "agent.started"
      readonly messages: ReadonlyArray<string>
      /** Those of them that the user said; absent: none, or the feed is of before. */
      readonly said?: ReadonlyArray<Said>
    }
  /** A message arrived while the agent works; it will be read before the next round. */
  | { readonly type: "agent.queued"; readonly id: string; readonly said?: Said }
  | { readonly type: "agent.text"; readonly delta: string }
  | { readonly type: "agent.thinking"; readonly delta: string }
  /** The model began to write a call. */
  | { readonly type: "agent.calling"; readonly callId: string; readonly name: string }
  /**
   * The process that worked on the turn has ended, and another one goes on with it, for the `times`th time. What was streamed
   * of the reply is void; calls that were open have been settled before this was told.
   */
  | { readonly type: "agent.resumed"; readonly messages: ReadonlyArray<string>; readonly times: number }
  | { readonly type: "agent.retrying"; readonly attempt: number; readonly delay: number; readonly reason: string }
  /** One whole reply of the model: `calls` follow, or the turn ends. */
  | {
      readonly type: "agent.said"
      readonly message: AssistantMessage
      readonly usage?: Usage
      readonly cost?: number
      /** Absent: it was told by a version of before. */
      readonly finishReason?: FinishReason
    }
  /** A plugin has the turn go on although the model had replied; `text` is what the model is told. */
  | { readonly type: "agent.continued"; readonly plugin: string; readonly text: string }
  | { readonly type: "agent.acting"; readonly call: ToolCall }
  | { readonly type: "agent.progressed"; readonly callId: string; readonly text: string }
  | ({ readonly type: "agent.asked" } & Question)
  | { readonly type: "agent.answered"; readonly id: string; readonly decision: "allow" | "always" | "deny" }
  | { readonly type: "agent.settled"; readonly call: ToolCall; readonly answer: Answer }
  | ({ readonly type: "agent.plugin" } & PluginNews)
  | ({ readonly type: "agent.healed" } & SeamNews)
  /** An agent in the background was started, or is over; then its result follows as a message, read before the next round. */
  | {
      readonly type: "agent.background"
      readonly id: string
      readonly description: string
      readonly state: BackgroundState
      readonly result?: AgentResult
    }
  /** It works and has given no sign of life for so long; told once, and again only after it gave one. */
  | { readonly type: "agent.stalled"; readonly seconds: number; readonly doing: string }
  /** `reason`: in the middle of a turn, which goes on afterwards; full: before the model was asked, overflow: it refused. */
  | { readonly type: "agent.compacting"; readonly reason?: "full" | "overflow" }
  | { readonly type: "agent.compacted"; readonly summary: string }
  | { readonly type: "agent.changed"; readonly model?: string; readonly permissions?: Mode; readonly cleared?: true }
  | ({
      readonly type: "agent.replied"
      readonly text: string
      /** A verified `task_done` ended it. */ readonly verified: boolean
    } & TurnEnd)
  | ({ readonly type: "agent.failed"; readonly failure: Failure } & TurnEnd)
  | ({ readonly type: "agent.cancelled" } & TurnEnd)
  /** A request that is not part of a turn (compaction) failed, or something that does not end it. */
  | { readonly type: "agent.warned"; readonly failure: Failure }

/** Every notice that ends a turn. */
export type TerminalNotice = Extract<AgentNotice, { type: "agent.replied" | "agent.failed" | "agent.cancelled" }>

/** The conversation as the model is asked with it. */
export type Transcript = ReadonlyArray<Message>

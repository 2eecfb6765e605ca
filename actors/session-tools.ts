/** The port through which a session's tools are called without a model. */
import type { FieldValue } from "../plugins/inquiry.ts"
import type { Question } from "../machines/events.ts"
import type { JsonSchema } from "../plugins/schema.ts"
import type { Answer, Risk } from "../plugins/tool.ts"

export interface ToolView {
  readonly name: string
  readonly description: string
  /** JSON Schema of its input. */
  readonly parameters: JsonSchema
  readonly risk: Risk
  /** Calling it again does no harm. */
  readonly idempotent: boolean
  /** Its answer ends a turn, so that it means nothing outside of one. */
  readonly final: boolean
  /** It does nothing but wait for agents that it starts. */
  readonly waits: boolean
  /** It is not shown to models, which find it by searching. */
  readonly deferred: boolean
  /** Name of the plugin that brings it. */
  readonly plugin: string
}

export interface ToolRun {
  readonly tool: string
  /** As a model would have given it; the tool checks it. */
  readonly input: unknown
}

/** The word about a question. */
export interface Answered {
  readonly decision: "allow" | "always" | "deny"
  /** Values for the fields of an inquiry. */
  readonly content?: Readonly<Record<string, FieldValue>>
}

export interface CallOptions {
  /** Takes the call back: the tool is stopped, and the answer says so. */
  readonly signal?: AbortSignal
  /** What the tool shows while it works. */
  readonly progress?: (text: string) => void
  /**
   * Answers what the call asks. A throw denies; `signal` aborts when the answer is no longer wanted. Absent: nobody is there, so
   * whatever would be asked is refused, and the answer names the rule that allows it.
   */
  readonly answer?: (question: Question, signal: AbortSignal) => Promise<Answered>
}

export interface SessionTools {
  /** Those there are now, also those that are not shown to models, in a fixed order. */
  readonly list: () => ReadonlyArray<ToolView>
  /**
   * Runs one call to its answer, by the road of every call, apart from the conversation. Calls that only read run side by side, each
   * other one alone, in the order in which they came. Never rejects for what a tool does.
   */
  readonly call: (run: ToolRun, options?: CallOptions) => Promise<Answer>
}

/** What every wire dialect is given: who is called, how, and in which ways that server differs from the standard. */
import type { Model, ModelInfo } from "../model.ts"

/** Deviations of one provider from its dialect, as data. Absent means: as the dialect's inventor does it. */
export interface Quirks {
  /** Name of the output limit in openai-chat; default `max_completion_tokens` for OpenAI itself, `max_tokens` for others. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens"
  /** Takes the system prompt as `developer` role. */
  readonly developerRole?: boolean
  /** Does not know `stream_options.include_usage`. */
  readonly noStreamUsage?: boolean
  /** How a reasoning effort is asked for; absent: not at all. */
  readonly effort?: "reasoning_effort" | "reasoning.effort" | "thinking.type" | "enable_thinking"
  /** Thinking must be sent back on assistant messages under this name. */
  readonly thinkingBack?: "reasoning_content" | "reasoning"
  /** `""` instead of `null` as content beside tool calls. */
  readonly emptyContent?: boolean
  /** Longest tool-call id it takes, letters and digits only when `alphanumeric`. */
  readonly callId?: { readonly max: number; readonly alphanumeric?: boolean }
  /** Accepts `prompt_cache_key`. */
  readonly promptCacheKey?: boolean
  /** Value of `anthropic-version`; the header style follows it: from 2026 on Bearer, before `x-api-key`. */
  readonly anthropicVersion?: string
}

/** Milliseconds; measured on bytes, so that a provider's keep-alive counts as life. */
export interface Timeouts {
  /** Until the response's headers. */
  readonly connect: number
  /** Between two pieces of the body. */
  readonly idle: number
  readonly total: number
}

export interface DialectOptions {
  /** `provider/model`, as in `Model.id`. */
  readonly id: string
  /** Provider's name for messages. */
  readonly provider: string
  /** Model's name on the wire. */
  readonly model: string
  readonly baseUrl: string
  /** Absent for local servers that take none. */
  readonly apiKey?: string
  /** Environment variables that could have held the key, for error messages. */
  readonly variables: ReadonlyArray<string>
  /** Sent besides the dialect's own; `null` removes one. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly quirks: Quirks
  readonly info: ModelInfo
  readonly timeouts: Timeouts
}

/** Makes a model that speaks one dialect. No retries inside: `retry.ts` owns them. */
export type Dialect = (options: DialectOptions) => Model

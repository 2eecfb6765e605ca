/** What every wire dialect is given: who is called, how, and in which ways that server differs from the standard. */
import type { Effort, Model, ModelInfo } from "../model.ts"
import type { Fetch, Timeouts } from "../timed-fetch.ts"

/** Deviations of one provider from its dialect, as data. Absent means: as the dialect's inventor does it. */
export interface Quirks {
  /** Name of the output limit in openai-chat; default `max_completion_tokens` for OpenAI itself, `max_tokens` for others. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens"
  /** Takes the system prompt as `developer` role. */
  readonly developerRole?: boolean
  /** Does not know `stream_options.include_usage`. */
  readonly noStreamUsage?: boolean
  /** Refuses a temperature. */
  readonly noTemperature?: boolean
  /** How a reasoning effort is asked for; absent: not at all. */
  readonly effort?:
    | "reasoning_effort"
    | "reasoning.effort"
    | "thinking.type"
    | "enable_thinking"
    /** vLLM's and SGLang's: `chat_template_kwargs: { enable_thinking }`. */
    | "chat_template_kwargs"
  /** Its words for efforts that it calls otherwise; `null`: it knows nothing like it, and is told nothing. */
  readonly efforts?: Readonly<Partial<Record<Effort, string | null>>>
  /** Thinking must be sent back on assistant messages under this name. */
  readonly thinkingBack?: "reasoning_content" | "reasoning"
  /** `""` instead of `null` as content beside tool calls. */
  readonly emptyContent?: boolean
  /** Longest tool-call id it takes, letters and digits only when `alphanumeric`. */
  readonly callId?: { readonly max: number; readonly alphanumeric?: boolean }
  /** Refuses a conversation that holds calls when no tools are offered with it; is then offered one that does nothing. */
  readonly needsTools?: boolean
  /** `true`: tools are sent as strict, their schemas made so; absent: never said, or said to be not strict where that must be said. */
  readonly strictTools?: boolean
  /** What it takes as a tool's schema; `subset`: without the keywords that OpenAPI 3.0 does not know. */
  readonly toolSchema?: "subset"
  /** Accepts `prompt_cache_key`. */
  readonly promptCacheKey?: boolean
  /** In openai-chat: prompts of models whose name matches are cached up to marks of `cache_control`, as Claude's behind a gateway. */
  readonly cacheControl?: RegExp
  /** Value of `anthropic-version`; the header style follows it: from 2026 on Bearer, before `x-api-key`. */
  readonly anthropicVersion?: string
  /** Header that carries the key, where it is not the dialect's; in the two of `authorization` it is a bearer's. */
  readonly keyHeader?: "authorization" | "x-api-key" | "api-key" | "cf-aig-authorization"
  /** Where Messages are posted; `vertex`: the model stands in the path and the version in the body. */
  readonly messagesPath?: "vertex"
  /** Fields of every request's body that this server wants besides, or otherwise. */
  readonly body?: Readonly<Record<string, unknown>>
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
  /**
   * Instead of `apiKey`: a credential that is fetched, and fetched again before it runs out. Rejects with a `ModelError`.
   *
   * @param refused What it gave before and the server did not take.
   */
  readonly token?: (refused?: string) => Promise<string>
  /** Environment variables that could have held the key, for error messages. */
  readonly variables: ReadonlyArray<string>
  /** Sent besides the dialect's own; `null` removes one. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly quirks: Quirks
  readonly info: ModelInfo
  readonly timeouts: Timeouts
  /** Sends a request; default: the global one. */
  readonly fetch?: Fetch
}

/** Makes a model that speaks one dialect. No retries inside: `retry.ts` owns them. */
export type Dialect = (options: DialectOptions) => Model

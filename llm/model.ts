/** The model as a port: one request, one stream of events. Every dialect is an adapter of it. */
import type * as Stream from "effect/Stream"
import type { AssistantMessage, Message } from "./message.ts"
import type { ModelError } from "./model-error.ts"
import type { Taken, Usage } from "./usage.ts"

export type { Taken, Usage }

export type JsonSchema = Readonly<Record<string, unknown>>

export interface ToolDefinition {
  readonly name: string
  readonly description: string
  /** JSON Schema of the input, an object at its top. */
  readonly parameters: JsonSchema
}

/** How hard a reasoning model should think; each dialect spells it its own way. */
export type Effort = "none" | "low" | "medium" | "high"

export interface ModelRequest {
  readonly system: string
  /** Every call is followed by its answer; adapters may rely on it. */
  readonly messages: ReadonlyArray<Message>
  readonly tools: ReadonlyArray<ToolDefinition>
  readonly temperature?: number
  /** Most tokens the model may write; absent: the provider's default, or the catalogue's limit where a provider needs one. */
  readonly maxTokens?: number
  readonly reasoning?: Effort
  /** Same for all requests of one session, so that providers can reuse their prompt cache. */
  readonly cacheKey?: string
}

/** `other` keeps a stream that ended properly but said why in a word we do not know. */
export type FinishReason = "stop" | "calls" | "length" | "filtered" | "other"

export type ModelEvent =
  | { readonly type: "text"; readonly delta: string }
  | { readonly type: "thinking"; readonly delta: string }
  | { readonly type: "call.started"; readonly id: string; readonly name: string }
  | { readonly type: "call.delta"; readonly id: string; readonly delta: string }
  /** An attempt failed and another follows after `delay` milliseconds: what was streamed of this reply so far is void. */
  | {
      readonly type: "retrying"
      readonly attempt: number
      readonly delay: number
      readonly reason: string
      /** What the attempt took that failed; absent when nothing had come. */
      readonly took?: Taken
    }
  /** The last event of every stream that does not fail. */
  | {
      readonly type: "finished"
      readonly message: AssistantMessage
      /** Absent when the provider did not say. */
      readonly usage?: Usage
      /** US dollars; absent when no price is known, which is not the same as free. */
      readonly cost?: number
      readonly finishReason: FinishReason
    }

/** US dollars per million tokens. */
export interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
}

export interface Price extends Rates {
  /** By rising `above`: rates of the whole request once its prompt has more than `above` tokens. */
  readonly tiers?: ReadonlyArray<Rates & { readonly above: number }>
}

/** What the catalogue knows of a model; every field may be unknown. */
export interface ModelInfo {
  /** Tokens of prompt and reply together. */
  readonly contextWindow?: number
  readonly maxOutput?: number
  readonly price?: Price
  readonly images?: boolean
  readonly reasoning?: boolean
  /** It can call tools natively. */
  readonly tools?: boolean
}

export interface Model {
  /** `provider/model`; the model's part may hold slashes. */
  readonly id: string
  readonly info: ModelInfo
  /** Lazy: nothing is sent before the stream runs; interrupting it aborts the request. It ends with `finished` or fails. */
  readonly respond: (request: ModelRequest) => Stream.Stream<ModelEvent, ModelError>
}

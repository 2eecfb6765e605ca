/** What a recording says, by the independent reading of its dialect; and which recordings are failures. */
import type { ModelErrorReason } from "../../../llm/model-error.ts"
import { chat } from "./chat.ts"
import { cohere } from "./cohere.ts"
import { converse } from "./converse.ts"
import { readFrames, readSse } from "./framing.ts"
import { gemini } from "./gemini.ts"
import { messages } from "./messages.ts"
import type { Reader, Reading } from "./reading.ts"
import type { Recording } from "./recordings.ts"
import { responses } from "./responses.ts"

const readers: Readonly<Record<string, Reader>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
  "vertex-anthropic": messages,
  gemini,
  "bedrock-converse": converse,
  "bedrock-converse-stream": converse,
  "cohere-v2": cohere
}

export const readingOf = ({ dialect, isStream, body }: Recording): Reading => {
  const reader = readers[dialect]
  if (reader === undefined) throw new Error(`nobody reads ${dialect}`)
  if (!isStream) return reader.read(JSON.parse(body.toString()))
  const events = dialect === "bedrock-converse-stream" ? readFrames(body) : readSse(body.toString())
  return reader.read(reader.merge(events))
}

export interface ExpectedFailure {
  readonly reason: ModelErrorReason
  /** What the server said of it. */
  readonly detail: RegExp
}

const refused: ModelErrorReason = { kind: "refused", status: 400 }
const noModel: ModelErrorReason = { kind: "not_found" }
const hasty: ExpectedFailure = { reason: { kind: "rate_limited" }, detail: /temporarily rate-limited upstream/ }
/** The server could not read the call that its model wrote: another try may do. */
const badCall: ModelErrorReason = { kind: "truncated" }

/** By name: what was recorded there is a failure, and must come out as this one. */
export const expectedFailures: Readonly<Record<string, ExpectedFailure>> = {
  // Refused with a status.
  "amazon-bedrock/pydantic-ai__models_test_bedrock_test_bedrock_error.json#0": {
    reason: noModel,
    detail: /^The provided model identifier is invalid/
  },
  "amazon-bedrock/pydantic-ai__models_test_bedrock_test_bedrock_streaming_error.json#0": {
    reason: noModel,
    detail: /^The provided model identifier is invalid/
  },
  "anthropic/pydantic-ai__models_test_anthropic_test_anthropic_explicit_effort_xhigh_unsupported_model_errors.json#0": {
    reason: refused,
    detail: /^This model does not support effort level/
  },
  "deepseek/pydantic-ai__models_test_deepseek_responses_test_deepseek_responses_rejects_interleaved_function_calls.json#0":
    { reason: refused, detail: /^No tool output found/ },
  "groq/pydantic-ai__models_test_groq_test_tool_regular_error.json#0": {
    reason: noModel,
    detail: /^The model `non-existent` does not exist/
  },
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error.json#0": {
    reason: badCall,
    detail: /^Tool call validation failed/
  },
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error_with_text.json#0": {
    reason: badCall,
    detail: /^Tool choice is required/
  },
  "openai/pydantic-ai__models_test_openai_responses_test_openai_responses_model_http_error.json#0": {
    reason: refused,
    detail: /^Invalid 'temperature'/
  },
  "openai/pydantic-ai__models_test_openai_responses_test_openai_responses_thinking_with_modified_history.json#1": {
    reason: refused,
    detail: /without its required following item/
  },
  "openrouter/pydantic-ai__models_test_openrouter_test_openrouter_errors_raised.json#0": hasty,
  "openrouter/pydantic-ai__models_test_openrouter_test_openrouter_errors_raised.json#1": hasty,
  "openrouter/pydantic-ai__models_test_openrouter_test_openrouter_errors_raised.json#2": hasty,

  // Refused inside a stream.
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error_streaming.json#0": {
    reason: badCall,
    detail: /^Tool call validation failed/
  },
  "groq/pydantic-ai__models_test_groq_test_tool_use_failed_error_streaming_with_text.json#0": {
    reason: badCall,
    detail: /^Tool choice is required/
  },
  "openrouter/pydantic-ai__models_test_openrouter_test_openrouter_stream_error.json#0": {
    reason: refused,
    detail: /^Token limit reached$/
  },
  "openai/vercel-ai__openai_responses_openai-error.1.chunks.json#0": {
    reason: { kind: "quota_exceeded" },
    detail: /^You exceeded your current quota/
  },

  // A receipt for work in the background, which we never ask for, is no reply.
  "openai/pydantic-ai__models_test_openai_responses_test_background_mode_streaming_without_starting_after_vcr.json#0": {
    reason: { kind: "unavailable" },
    detail: /"background": true/
  },

  // Synthetic: its first line lacks a brace.
  "openai/vercel-ai__openai_responses_parallel-tool-call-wrapper.1.chunks.json#0": {
    reason: { kind: "truncated" },
    detail: /malformed/
  }
}

/** In what a provider of the user's own differs from its dialect: `quirks` of `llm.providers`, each as llm has it. */
import * as z from "zod"

const flag = z.boolean({ error: "true or false" }).optional()
const oneOf = <const Word extends string>(...words: Array<Word>) =>
  z.enum(words, { error: `one of ${words.join(", ")}` }).optional()

const efforts = z.enum(["none", "low", "medium", "high"], { error: "none, low, medium or high" })

export const quirks = z.strictObject(
  {
    max_tokens_field: oneOf("max_tokens", "max_completion_tokens"),
    developer_role: flag,
    no_stream_usage: flag,
    no_temperature: flag,
    effort: oneOf("reasoning_effort", "reasoning.effort", "thinking.type", "enable_thinking", "chat_template_kwargs"),
    efforts: z
      .partialRecord(efforts, z.string({ error: "a word, or null" }).nullable(), { error: "words by effort" })
      .optional(),
    thinking_back: oneOf("reasoning_content", "reasoning"),
    empty_content: flag,
    needs_tools: flag,
    strict_tools: flag,
    tool_schema: oneOf("subset"),
    prompt_cache_key: flag,
    anthropic_version: z.string({ error: "a version, as 2023-06-01" }).optional(),
    key_header: oneOf("authorization", "x-api-key", "api-key", "cf-aig-authorization"),
    body: z.record(z.string(), z.unknown(), { error: "fields of every request's body" }).optional()
  },
  { error: "in what it differs from its dialect, as max_tokens_field: max_completion_tokens" }
)

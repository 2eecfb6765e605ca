/** The request bodies of all dialects, and what they hold, whatever each calls it. */
import { toBody as anthropic } from "../../llm/dialects/anthropic-body.ts"
import { toBody as bedrock } from "../../llm/dialects/bedrock-body.ts"
import { toBody as cohere } from "../../llm/dialects/cohere-body.ts"
import type { DialectOptions } from "../../llm/dialects/dialect.ts"
import { toBody as gemini } from "../../llm/dialects/gemini-body.ts"
import { toBody as ollama } from "../../llm/dialects/ollama-body.ts"
import { toBody as openaiChat } from "../../llm/dialects/openai-chat-body.ts"
import { toBody as openaiResponses } from "../../llm/dialects/openai-responses-body.ts"

export const bodies = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  anthropic,
  gemini,
  bedrock,
  cohere,
  ollama
} as const

export const dialectNames = Object.keys(bodies) as ReadonlyArray<keyof typeof bodies>

const names: Readonly<Record<keyof typeof bodies, string>> = {
  "openai-chat": "gpt-5.5",
  "openai-responses": "gpt-5.5",
  anthropic: "claude-sonnet-5-5",
  gemini: "gemini-3-pro",
  bedrock: "us.anthropic.claude-sonnet-5-5-v1:0",
  cohere: "command-a",
  ollama: "qwen3"
}

/** A model that speaks a dialect. */
export const speaking = (dialect: keyof typeof bodies, more: Partial<DialectOptions> = {}): DialectOptions => ({
  id: `spec/${dialect}`,
  provider: "Spec",
  model: names[dialect],
  baseUrl: "https://llm.example/v1",
  variables: [],
  quirks: {},
  info: {},
  timeouts: { connect: 1_000, idle: 1_000, total: 1_000 },
  ...more
})

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const from = (value: unknown): Json => (isJson(value) ? value : {})

/** Every object in a body, in order. */
const objects = (value: unknown): ReadonlyArray<Json> => {
  if (Array.isArray(value)) return value.flatMap(objects)
  return isJson(value) ? [value, ...Object.values(value).flatMap(objects)] : []
}

/** Ids of calls and of the answers to them, in order; dialects that leave ids away have none. */
export const idsIn = (
  body: unknown
): { readonly calls: ReadonlyArray<unknown>; readonly answers: ReadonlyArray<unknown> } => {
  const all = objects(body)
  const calls = all.flatMap((one) => {
    if (Array.isArray(one.tool_calls)) return one.tool_calls.map((call) => from(call).id)
    if (one.type === "function_call") return [one.call_id]
    if (one.type === "tool_use") return [one.id]
    return [from(one.functionCall).id, from(one.toolUse).toolUseId]
  })
  const answers = all.map((one) =>
    one.type === "function_call_output"
      ? one.call_id
      : (one.tool_call_id ?? one.tool_use_id ?? from(one.functionResponse).id ?? from(one.toolResult).toolUseId)
  )
  return { calls: calls.filter((id) => id !== undefined), answers: answers.filter((id) => id !== undefined) }
}

const unmarked = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((one) => from(one).cachePoint === undefined).map(unmarked)
  if (!isJson(value)) return value
  const { cache_control: _, ...rest } = value
  return Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, unmarked(inner)]))
}

/** What a prompt is made of, in order, and apart from it all else that is asked: marks of caches are no part of it. */
export const promptOf = (body: unknown): { readonly pieces: ReadonlyArray<string>; readonly rest: unknown } => {
  const { messages, input, contents, ...rest } = from(unmarked(body))
  const conversation = [messages, input, contents].find(Array.isArray) ?? []
  return { pieces: conversation.flatMap((one) => piecesOf(from(one))), rest }
}

const piecesOf = ({ role, content, parts, ...more }: Json): ReadonlyArray<string> => {
  const blocks = content ?? parts ?? []
  const list = typeof blocks === "string" ? [{ type: "text", text: blocks }] : Array.isArray(blocks) ? blocks : [blocks]
  return [...list, ...(Object.keys(more).length === 0 ? [] : [more])].map(
    (piece) => `${String(role)} ${JSON.stringify(piece)}`
  )
}

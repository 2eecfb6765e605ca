/** A request in the words of Responses. */
import type {
  EasyInputMessage,
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputContent,
  ResponseInputItem,
  ResponseReasoningItem
} from "openai/resources/responses/responses"
import type { Reasoning, ReasoningEffort } from "openai/resources/shared"
import type {
  AssistantMessage,
  ImageBlock,
  Message,
  TextBlock,
  ThinkingBlock,
  ToolCall,
  ToolMessage
} from "../message.ts"
import type { ModelRequest } from "../model.ts"
import { fields, text } from "../wire-value.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"
import { type OfferedTool, offeredTools } from "./offered-tools.ts"
import { effortWord } from "./openai-effort.ts"

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const { info, model, quirks } = options
  const thinks = info.reasoning !== false
  const tools = offeredTools(quirks, request)
  const wanted = thinks && quirks.effort !== undefined ? request.reasoning : undefined
  const word = wanted === undefined ? undefined : effortWord(quirks, wanted)
  // Reasoning models refuse a temperature, except those that were told not to reason.
  const isCool = quirks.noTemperature === true || (info.reasoning === true && wanted !== "none")
  const temperature = isCool ? undefined : request.temperature
  return {
    model,
    input: prepare(options, request.messages, { callId: { max: 64 }, toolImages: true }).flatMap(items),
    stream: true,
    store: false,
    ...(request.system === "" ? {} : { instructions: request.system }),
    ...(tools.length === 0 ? {} : { tools: tools.map(tool) }),
    ...(thinks ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(word === undefined ? {} : { reasoning: reasoning(word) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(request.maxTokens === undefined ? {} : { max_output_tokens: request.maxTokens }),
    ...cache(quirks, request.cacheKey),
    ...quirks.body
  } satisfies ResponseCreateParamsStreaming
}

/** Without a summary nothing of the thinking could be shown. */
const reasoning = (word: string): Reasoning => {
  // A provider's own word may be none of OpenAI's.
  const effort = word as ReasoningEffort
  return word === "none" ? { effort } : { effort, summary: "auto" }
}

const cache = ({ promptCacheKey }: Quirks, key: string | undefined) =>
  promptCacheKey === true && key !== undefined ? { prompt_cache_key: key } : {}

const tool = ({ name, description, parameters, strict }: OfferedTool): FunctionTool => ({
  type: "function",
  name,
  description,
  parameters,
  // Strict is the default there, and most schemas that people write are not strict.
  strict
})

const items = (message: Message): ReadonlyArray<ResponseInputItem> => {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.content.map(content) }]
    case "tool":
      return [{ type: "function_call_output", call_id: message.callId, output: output(message) }]
    case "assistant":
      return message.content.flatMap(item)
  }
}

const content = (block: TextBlock | ImageBlock): ResponseInputContent =>
  block.type === "text"
    ? { type: "input_text", text: block.text }
    : { type: "input_image", detail: "auto", image_url: `data:${block.mime};base64,${block.data}` }

const output = ({ content: blocks }: ToolMessage) =>
  blocks.every((block) => block.type === "text") ? blocks.map((block) => block.text).join("") : blocks.map(content)

const item = (block: AssistantMessage["content"][number]): ReadonlyArray<ResponseInputItem> => {
  switch (block.type) {
    case "thinking":
      return thought(block)
    case "text":
      return [said(block)]
    case "call":
      return [called(block)]
  }
}

/** Only what the server encrypted can be sent back to a server that stores nothing. */
const thought = ({ providerMeta = {} }: ThinkingBlock): ReadonlyArray<ResponseReasoningItem> => {
  const { id, encrypted_content, summary } = fields(providerMeta.reasoning)
  if (typeof id !== "string" || typeof encrypted_content !== "string") return []
  const parts = Array.isArray(summary) ? summary.map((part) => text(fields(part).text)) : []
  return [
    {
      type: "reasoning",
      id,
      encrypted_content,
      summary: parts.map((part) => ({ type: "summary_text", text: part }))
    }
  ]
}

const said = ({ text: words, providerMeta = {} }: TextBlock): EasyInputMessage => {
  const { phase } = providerMeta
  return {
    role: "assistant",
    content: words,
    // Newer models do worse when a comment comes back as a final answer.
    ...(phase === "commentary" || phase === "final_answer" ? { phase } : {})
  }
}

/** Without the item's own id: with it the server would insist on the reasoning item that it once stood beside. */
const called = ({ id, name, input }: ToolCall): ResponseInputItem => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: JSON.stringify(asObject(input))
})

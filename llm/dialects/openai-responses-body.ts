/** A request in the words of Responses. */
import type {
  EasyInputMessage,
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputContent,
  ResponseInputItem,
  ResponseReasoningItem
} from "openai/resources/responses/responses"
import type {
  AssistantMessage,
  ImageBlock,
  Message,
  TextBlock,
  ThinkingBlock,
  ToolCall,
  ToolMessage
} from "../message.ts"
import type { Effort, ModelRequest, ToolDefinition } from "../model.ts"
import { fields, text } from "../wire-value.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const { info, model, quirks } = options
  const thinks = info.reasoning !== false
  const wanted = thinks && quirks.effort !== undefined ? request.reasoning : undefined
  // Reasoning models refuse a temperature, except those that were told not to reason.
  const temperature = info.reasoning === true && wanted !== "none" ? undefined : request.temperature
  return {
    model,
    input: prepare(options, request.messages, { callId: { max: 64 }, toolImages: true }).flatMap(items),
    stream: true,
    store: false,
    ...(request.system === "" ? {} : { instructions: request.system }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(tool) }),
    ...(thinks ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(wanted === undefined ? {} : { reasoning: reasoning(wanted) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(request.maxTokens === undefined ? {} : { max_output_tokens: request.maxTokens }),
    ...cache(quirks, request.cacheKey)
  } satisfies ResponseCreateParamsStreaming
}

/** Without a summary nothing of the thinking could be shown. */
const reasoning = (effort: Effort) => (effort === "none" ? { effort } : ({ effort, summary: "auto" } as const))

const cache = ({ promptCacheKey }: Quirks, key: string | undefined) =>
  promptCacheKey === true && key !== undefined ? { prompt_cache_key: key } : {}

const tool = ({ name, description, parameters }: ToolDefinition): FunctionTool => ({
  type: "function",
  name,
  description,
  parameters,
  // Strict is the default there, and most schemas that people write are not strict.
  strict: false
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

/** A request in the words of Chat Completions. */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool
} from "openai/resources/chat/completions"
import { type AssistantMessage, callsOf, type ImageBlock, type Message, type TextBlock, textOf } from "../message.ts"
import type { ModelRequest } from "../model.ts"
import { list } from "../wire-value.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"
import { type OfferedTool, offeredTools } from "./offered-tools.ts"
import { withBreakpoints } from "./openai-chat-cache.ts"
import { effort } from "./openai-effort.ts"

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const { info, model, quirks } = options
  const tools = offeredTools(quirks, request)
  const temperature = quirks.noTemperature === true ? undefined : request.temperature
  const standard = {
    model,
    messages: [...system(request.system, quirks), ...conversation(options, request.messages)],
    stream: true,
    ...(quirks.noStreamUsage === true ? {} : { stream_options: { include_usage: true } }),
    ...(tools.length === 0 ? {} : { tools: tools.map(tool) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...limit(options, request.maxTokens),
    ...(quirks.promptCacheKey === true && request.cacheKey !== undefined ? { prompt_cache_key: request.cacheKey } : {})
  } satisfies ChatCompletionCreateParamsStreaming
  const marked = quirks.cacheControl?.test(model) === true ? withBreakpoints(standard) : standard
  return { ...marked, ...effort(quirks, info.reasoning === false ? undefined : request.reasoning), ...quirks.body }
}

const system = (content: string, { developerRole }: Quirks): ReadonlyArray<ChatCompletionMessageParam> =>
  content === "" ? [] : [{ role: developerRole === true ? "developer" : "system", content }]

const conversation = (
  options: DialectOptions,
  messages: ReadonlyArray<Message>
): ReadonlyArray<ChatCompletionMessageParam> =>
  prepare(options, messages, { callId: { max: 40 }, toolImages: false, thinkingBeside: true }).map((message) => {
    switch (message.role) {
      case "user":
        return { role: "user", content: spoken(message.content) }
      case "tool":
        return { role: "tool", tool_call_id: message.callId, content: textOf(message) }
      case "assistant":
        return assistant(message, options)
    }
  })

/** One string where there are no images: small servers know no parts. */
const spoken = (content: ReadonlyArray<TextBlock | ImageBlock>): string | Array<ChatCompletionContentPart> =>
  content.every((block) => block.type === "text")
    ? content.map((block) => block.text).join("\n\n")
    : content.map((block) =>
        block.type === "text"
          ? { type: "text", text: block.text }
          : { type: "image_url", image_url: { url: `data:${block.mime};base64,${block.data}` } }
      )

const assistant = (message: AssistantMessage, options: DialectOptions): ChatCompletionAssistantMessageParam => {
  const calls = callsOf(message)
  const text = textOf(message)
  const standard = {
    role: "assistant",
    content: text === "" && options.quirks.emptyContent !== true ? null : text,
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, input, providerMeta = {} }) => ({
            id,
            type: "function",
            function: { name, arguments: JSON.stringify(asObject(input)) },
            // Gemini's thought signatures; without them it refuses the call.
            ...pick(providerMeta, "extra_content")
          }))
        })
  } satisfies ChatCompletionAssistantMessageParam
  return { ...standard, ...state(message, options) }
}

/** What the provider wants back besides text and calls; `prepare` has taken away what another model gave. */
const state = (message: AssistantMessage, { id, quirks }: DialectOptions): Readonly<Record<string, unknown>> => {
  const isOwn = message.model === id
  const thinking = message.content.filter((block) => block.type === "thinking")
  const details = thinking.flatMap(({ providerMeta = {} }) => list(providerMeta.reasoning_details))
  const text = message.content.findLast((block) => block.type === "text")
  return {
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    // Absent is refused beside calls; empty is not.
    ...(quirks.thinkingBack === undefined || !(isOwn || callsOf(message).length > 0)
      ? {}
      : { [quirks.thinkingBack]: thinking.map((block) => block.text).join("\n\n") }),
    ...pick(text?.providerMeta ?? {}, "extra_content")
  }
}

const pick = (from: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> =>
  from[name] === undefined ? {} : { [name]: from[name] }

const tool = ({ name, description, parameters, strict }: OfferedTool): ChatCompletionTool => ({
  type: "function",
  function: { name, description, parameters, ...(strict ? { strict } : {}) }
})

const isOpenai = (baseUrl: string): boolean => /^https:\/\/([\w-]+\.)?api\.openai\.com(\/|$)/.test(baseUrl)

const limit = ({ baseUrl, quirks }: DialectOptions, tokens: number | undefined) => {
  if (tokens === undefined) return {}
  const field = quirks.maxTokensField ?? (isOpenai(baseUrl) ? "max_completion_tokens" : "max_tokens")
  return field === "max_tokens" ? { max_tokens: tokens } : { max_completion_tokens: tokens }
}

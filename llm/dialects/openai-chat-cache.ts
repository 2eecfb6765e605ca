/**
 * Marks for gateways that pass a prompt on to Claude: up to each of them it is kept for five minutes, and asking again
 * costs a tenth. They stand on content, which all such gateways know; one mark at the top of the request is OpenRouter's own.
 * Source: openrouter.ai/docs (`AnthropicCacheControlDirective`, `ChatFunctionToolFunction`), docs.litellm.ai ("Prompt caching").
 */
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions"

interface Prompt {
  readonly messages: ReadonlyArray<ChatCompletionMessageParam>
  readonly tools?: ReadonlyArray<ChatCompletionTool>
}

const mark = { cache_control: { type: "ephemeral" } } as const

/** At the end of the tools, of the system prompt, of this request and of the one before it: see `anthropic-body.ts`. */
export const withBreakpoints = <Body extends Prompt>(body: Body) => {
  const ends = endsOf(body.messages)
  return {
    ...body,
    messages: body.messages.map((message, at) => (ends.includes(at) ? marked(message) : message)),
    ...(body.tools === undefined ? {} : { tools: [...body.tools.slice(0, -1), { ...body.tools.at(-1)!, ...mark }] })
  }
}

const endsOf = (messages: ReadonlyArray<ChatCompletionMessageParam>): ReadonlyArray<number> => {
  const isEnd = ({ role }: ChatCompletionMessageParam, at: number): boolean =>
    role !== "assistant" && (messages[at + 1] === undefined || messages[at + 1]?.role === "assistant")
  const ends = messages.flatMap((message, at) => (at > 0 && isEnd(message, at) ? [at] : []))
  return [0, ...ends.slice(-2)]
}

const marked = (message: ChatCompletionMessageParam): ChatCompletionMessageParam => {
  const { content } = message
  const parts: ReadonlyArray<object> = typeof content === "string" ? textParts(content) : (content ?? [])
  if (parts.length === 0) return message
  // The mark is a field that OpenAI's own types do not have.
  return { ...message, content: [...parts.slice(0, -1), { ...parts.at(-1), ...mark }] } as ChatCompletionMessageParam
}

/** Empty text takes no mark. */
const textParts = (text: string) => (text === "" ? [] : [{ type: "text", text }])

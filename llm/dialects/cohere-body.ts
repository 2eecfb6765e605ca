/** A request in the words of Cohere's chat, version 2. */
import {
  type AssistantMessage,
  callsOf,
  type ImageBlock,
  type Message,
  type TextBlock,
  textOf,
  type ToolCall,
  type ToolMessage
} from "../message.ts"
import type { Effort, ModelRequest } from "../model.ts"
import type { DialectOptions } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"
import { functions } from "./offered-tools.ts"

type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } }
  | { readonly type: "document"; readonly document: { readonly data: Readonly<Record<string, string>> } }

interface Call {
  readonly id: string
  readonly type: "function"
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Said {
  readonly role: "system" | "user" | "assistant" | "tool"
  readonly content?: string | ReadonlyArray<Part>
  readonly tool_plan?: string
  readonly tool_calls?: ReadonlyArray<Call>
  readonly tool_call_id?: string
}

export const toBody = (options: DialectOptions, request: ModelRequest) => ({
  model: options.model,
  messages: [...system(request.system), ...conversation(options, request.messages)],
  stream: true,
  ...functions(options.quirks, request),
  ...(request.maxTokens === undefined ? {} : { max_tokens: request.maxTokens }),
  ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
  ...thinking(options, request.reasoning),
  ...options.quirks.body
})

const system = (content: string): ReadonlyArray<Said> => (content === "" ? [] : [{ role: "system", content }])

const conversation = (options: DialectOptions, messages: ReadonlyArray<Message>): ReadonlyArray<Said> =>
  prepare(options, messages, { callId: { max: 64 }, toolImages: false }).map((message) => {
    switch (message.role) {
      case "user":
        return { role: "user", content: spoken(message.content) }
      case "tool":
        return { role: "tool", tool_call_id: message.callId, content: [answer(message)] }
      case "assistant":
        return assistant(message)
    }
  })

const spoken = (content: ReadonlyArray<TextBlock | ImageBlock>): string | ReadonlyArray<Part> =>
  content.every((block) => block.type === "text")
    ? content.map((block) => block.text).join("\n\n")
    : content.flatMap((block): ReadonlyArray<Part> => {
        if (block.type === "image")
          return [{ type: "image_url", image_url: { url: `data:${block.mime};base64,${block.data}` } }]
        return block.text === "" ? [] : [{ type: "text", text: block.text }]
      })

/** Answers are documents, which the model may quote; the name of the field tells it what went wrong. */
const answer = (message: ToolMessage): Part => ({
  type: "document",
  document: { data: { [message.success ? "output" : "error"]: textOf(message) } }
})

const assistant = (message: AssistantMessage): Said => {
  const calls = callsOf(message)
  const plan = message.content.flatMap((block) => (isPlan(block) && block.type === "thinking" ? [block.text] : []))
  const content = message.content.flatMap((block): ReadonlyArray<Part> => {
    if (block.type === "text") return [{ type: "text", text: block.text }]
    return block.type === "thinking" && !isPlan(block) ? [{ type: "thinking", thinking: block.text }] : []
  })
  return {
    role: "assistant",
    ...(content.length === 0 ? {} : { content }),
    ...(plan.length === 0 || calls.length === 0 ? {} : { tool_plan: plan.join("\n\n") }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(call) })
  }
}

const isPlan = ({ providerMeta = {} }: AssistantMessage["content"][number]): boolean => providerMeta.plan === true

const call = ({ id, name, input }: ToolCall): Call => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(asObject(input)) }
})

/** Tokens; absent: as many as it wants (docs.cohere.com/docs/reasoning). */
const budgets: Readonly<Record<Exclude<Effort, "none">, { readonly token_budget?: number }>> = {
  low: { token_budget: 2_048 },
  medium: { token_budget: 8_192 },
  high: {}
}

const thinking = ({ info }: DialectOptions, wanted: Effort | undefined) => {
  if (wanted === undefined || info.reasoning === false) return {}
  return { thinking: wanted === "none" ? { type: "disabled" } : { type: "enabled", ...budgets[wanted] } }
}

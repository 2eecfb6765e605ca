/** A request in the words of Ollama's chat. */
import { callsOf, type ImageBlock, type Message, type TextBlock, textOf, type ToolCall } from "../message.ts"
import type { Effort, ModelInfo, ModelRequest } from "../model.ts"
import type { DialectOptions } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"
import { functions } from "./offered-tools.ts"

/**
 * Tokens of prompt and reply together that a model is given room for where nobody says: Ollama's own choice is 4,096 on
 * most machines (docs.ollama.com/context-length), less than an agent's instructions and tools. More than this takes
 * more memory than many graphics cards have. A model that can only do with less is given less, by Ollama.
 */
export const defaultWindow = 32_768

interface Call {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }
}

interface Said {
  readonly role: "system" | "user" | "assistant" | "tool"
  readonly content: string
  readonly thinking?: string
  /** Base64. */
  readonly images?: ReadonlyArray<string>
  readonly tool_calls?: ReadonlyArray<Call>
  readonly tool_call_id?: string
  readonly tool_name?: string
}

/** Models in Ollama's cloud have their whole window, whatever is asked for. */
const isCloud = ({ model, baseUrl }: DialectOptions): boolean =>
  /[-:]cloud$/.test(model) || /^https?:\/\/([\w-]+\.)?ollama\.com(:\d+)?(\/|$)/.test(baseUrl)

/** With the window that the server will be asked for, so that others know when a conversation fills it. */
export const infoOf = (options: DialectOptions): ModelInfo =>
  isCloud(options) ? options.info : { contextWindow: defaultWindow, ...options.info }

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const window = isCloud(options) ? undefined : infoOf(options).contextWindow
  const settings = {
    ...(window === undefined ? {} : { num_ctx: window }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.maxTokens === undefined ? {} : { num_predict: request.maxTokens })
  }
  return {
    model: options.model,
    messages: [...system(request.system), ...conversation(options, request.messages)],
    stream: true,
    // Otherwise it forgets the beginning of a conversation that is too long, and says nothing (api/types.go, since
    // autumn 2025; older ones pass over both, see `isCut`).
    truncate: false,
    shift: false,
    ...functions(options.quirks, request),
    ...think(options, request.reasoning),
    ...(Object.keys(settings).length === 0 ? {} : { options: settings }),
    // No `keep_alive`: the server's own setting (five minutes, `OLLAMA_KEEP_ALIVE`) is its owner's choice.
    ...options.quirks.body
  }
}

const system = (content: string): ReadonlyArray<Said> => (content === "" ? [] : [{ role: "system", content }])

const conversation = (options: DialectOptions, messages: ReadonlyArray<Message>): ReadonlyArray<Said> =>
  prepare(options, messages, { callId: { max: 64 }, toolImages: false }).map((message) => {
    switch (message.role) {
      case "user":
        return { role: "user", content: spoken(message.content), ...shown(message.content) }
      case "tool":
        return { role: "tool", content: textOf(message), tool_call_id: message.callId, tool_name: message.name }
      case "assistant": {
        const thinking = message.content.flatMap((block) => (block.type === "thinking" ? [block.text] : []))
        const calls = callsOf(message)
        return {
          role: "assistant",
          content: textOf(message),
          ...(thinking.length === 0 ? {} : { thinking: thinking.join("\n\n") }),
          ...(calls.length === 0 ? {} : { tool_calls: calls.map(call) })
        }
      }
    }
  })

const call = ({ id, name, input }: ToolCall): Call => ({ id, function: { name, arguments: asObject(input) } })

const spoken = (content: ReadonlyArray<TextBlock | ImageBlock>): string =>
  content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n\n")

const shown = (content: ReadonlyArray<TextBlock | ImageBlock>): Pick<Said, "images"> => {
  const images = content.flatMap((block) => (block.type === "image" ? [block.data] : []))
  return images.length === 0 ? {} : { images }
}

/**
 * Unasked, models think that can (and those that cannot refuse to be asked). Only gpt-oss knows degrees, cannot be kept
 * from thinking, and takes nothing but degrees (docs.ollama.com/capabilities/thinking); older servers know no degrees.
 */
const think = ({ info, model }: DialectOptions, wanted: Effort | undefined): { readonly think?: boolean | string } => {
  if (wanted === undefined || info.reasoning === false) return {}
  if (/gpt-oss/.test(model)) return { think: wanted === "none" ? "low" : wanted }
  return { think: wanted !== "none" }
}

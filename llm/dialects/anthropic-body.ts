/** A request in the words of Anthropic's Messages. */
import type {
  Base64ImageSource,
  CacheControlEphemeral,
  ContentBlockParam,
  ImageBlockParam,
  MessageCreateParamsStreaming,
  TextBlockParam,
  Tool
} from "@anthropic-ai/sdk/resources/messages"
import type { AssistantMessage, ImageBlock, Message, TextBlock, ToolMessage } from "../message.ts"
import type { ModelRequest } from "../model.ts"
import { thinkingOf } from "./anthropic-thinking.ts"
import { speaksNewest } from "./anthropic-version.ts"
import type { DialectOptions } from "./dialect.ts"
import { asObject, prepare } from "./history.ts"
import { type OfferedTool, offeredTools } from "./offered-tools.ts"

/** Tokens a reply may have when neither request nor catalogue say: what the smallest Claude of today can write. */
const defaultMaxTokens = 8_192

/** The prompt up to here is kept for five minutes; asking again costs a tenth. */
const breakpoint: CacheControlEphemeral = { type: "ephemeral" }

interface Turn {
  readonly role: "user" | "assistant"
  readonly content: Array<ContentBlockParam>
}

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const { info, model, quirks } = options
  const turns = turnsOf(prepare(options, request.messages, { callId: { max: 64 }, toolImages: true }))
  const offered = offeredTools(quirks, request)
  const maxTokens = request.maxTokens ?? info.maxOutput ?? defaultMaxTokens
  const standard = {
    model,
    max_tokens: maxTokens,
    messages: withBreakpoints(turns),
    stream: true,
    ...(request.system === "" ? {} : { system: [{ type: "text", text: request.system, cache_control: breakpoint }] }),
    ...(offered.length === 0 ? {} : { tools: tools(offered) }),
    ...thinkingOf(options, request.reasoning, maxTokens, hasThoughtOf(turns))
  } satisfies MessageCreateParamsStreaming
  // The newest version has no temperature, and those before refuse one beside thinking.
  const isCool = quirks.noTemperature === true || speaksNewest(quirks.anthropicVersion) || "thinking" in standard
  const temperature = isCool ? undefined : request.temperature
  return { ...standard, ...(temperature === undefined ? {} : { temperature }), ...quirks.body }
}

/**
 * With a budget, a turn whose calls are being answered must have begun with thinking; one that another model began has
 * none that could be sent.
 */
const hasThoughtOf = (turns: ReadonlyArray<Turn>): boolean => {
  const last = turns.findLast(({ role }) => role === "assistant")
  const isRunning = turns.at(-1)?.content.some(({ type }) => type === "tool_result") === true
  return !isRunning || /thinking/.test(last?.content[0]?.type ?? "")
}

const tools = (definitions: ReadonlyArray<OfferedTool>): Array<Tool> =>
  definitions.map(({ name, description, parameters, strict }, at) => ({
    name,
    description,
    input_schema: { ...parameters, type: "object" },
    ...(strict ? { strict } : {}),
    ...(at === definitions.length - 1 ? { cache_control: breakpoint } : {})
  }))

/** Answers of tools are the user's there, and one role's messages in a row are one turn. */
const turnsOf = (messages: ReadonlyArray<Message>): ReadonlyArray<Turn> =>
  messages.reduce<Array<Turn>>((turns, message) => {
    const role = message.role === "assistant" ? "assistant" : "user"
    const content = contentOf(message)
    const last = turns.at(-1)
    if (last?.role === role) last.content.push(...content)
    else if (content.length > 0) turns.push({ role, content: [...content] })
    return turns
  }, [])

const contentOf = (message: Message): ReadonlyArray<ContentBlockParam> => {
  switch (message.role) {
    case "user":
      return spoken(message.content)
    case "tool":
      return [answer(message)]
    case "assistant":
      return message.content.flatMap(block)
  }
}

const answer = ({ callId, success, content }: ToolMessage): ContentBlockParam => ({
  type: "tool_result",
  tool_use_id: callId,
  content: [...spoken(content)],
  ...(success ? {} : { is_error: true })
})

/** Text of blanks alone is refused. */
const spoken = (content: ReadonlyArray<TextBlock | ImageBlock>): ReadonlyArray<TextBlockParam | ImageBlockParam> =>
  content.flatMap((part): ReadonlyArray<TextBlockParam | ImageBlockParam> => {
    if (part.type === "image") return [image(part)]
    return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }]
  })

const imageTypes: ReadonlyArray<string> = ["image/jpeg", "image/png", "image/gif", "image/webp"]

const isImageType = (mime: string): mime is Base64ImageSource["media_type"] => imageTypes.includes(mime)

const image = ({ mime, data }: ImageBlock): TextBlockParam | ImageBlockParam =>
  isImageType(mime)
    ? { type: "image", source: { type: "base64", media_type: mime, data } }
    : { type: "text", text: `[${mime} image: this model takes JPEG, PNG, GIF and WebP]` }

const block = (part: AssistantMessage["content"][number]): ReadonlyArray<ContentBlockParam> => {
  const { signature, redacted } = part.providerMeta ?? {}
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }]
    case "call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: asObject(part.input) }]
    case "thinking":
      // Thinking goes back as it was signed, or not at all.
      if (typeof redacted === "string") return [{ type: "redacted_thinking", data: redacted }]
      return typeof signature === "string" ? [{ type: "thinking", thinking: part.text, signature }] : []
  }
}

/**
 * The end of this request is the end of the next one's common beginning. The end of the request before it is marked too:
 * the cache looks back no more than twenty blocks from a mark, and a reply of many calls with its answers has more.
 */
const withBreakpoints = (turns: ReadonlyArray<Turn>): Array<Turn> => {
  const ends = turns.flatMap(({ role }, at) => (role === "user" ? [at] : [])).slice(-2)
  return turns.map((turn, at) => (ends.includes(at) ? marked(turn) : turn))
}

const marked = (turn: Turn): Turn => {
  const end = turn.content.at(-1)
  if (end === undefined || !isMarkable(end)) return turn
  return { ...turn, content: [...turn.content.slice(0, -1), { ...end, cache_control: breakpoint }] }
}

type Markable = Extract<ContentBlockParam, { type: "text" | "image" | "tool_result" | "tool_use" }>

const isMarkable = (content: ContentBlockParam): content is Markable =>
  ["text", "image", "tool_result", "tool_use"].includes(content.type)

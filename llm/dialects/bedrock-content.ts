/** A conversation in Converse's words: turns of blocks. */
import type { AssistantMessage, ImageBlock, Message, TextBlock, ToolMessage } from "../message.ts"
import { abilityOf } from "./bedrock-models.ts"
import { asObject } from "./history.ts"

export interface CachePoint {
  readonly cachePoint: { readonly type: "default" }
}

type Shown =
  | { readonly text: string }
  /** `bytes`: base64. */
  | { readonly image: { readonly format: string; readonly source: { readonly bytes: string } } }

export type Content =
  | Shown
  | CachePoint
  | { readonly toolUse: { readonly toolUseId: string; readonly name: string; readonly input: unknown } }
  | {
      readonly toolResult: {
        readonly toolUseId: string
        readonly content: ReadonlyArray<Shown>
        readonly status?: "error"
      }
    }
  | {
      readonly reasoningContent:
        | { readonly reasoningText: { readonly text: string; readonly signature: string } }
        | { readonly redactedContent: string }
    }

export interface Turn {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<Content>
}

/** Answers of tools are the user's there, and one role's messages in a row are one turn: roles must take turns. */
export const turnsOf = (messages: ReadonlyArray<Message>, model: string): ReadonlyArray<Turn> =>
  messages.reduce<Array<Turn>>((turns, message) => {
    const role = message.role === "assistant" ? "assistant" : "user"
    const content = contentOf(message, model)
    const last = turns.at(-1)
    if (last?.role === role) turns[turns.length - 1] = { role, content: [...last.content, ...content] }
    else if (content.length > 0) turns.push({ role, content })
    return turns
  }, [])

const contentOf = (message: Message, model: string): ReadonlyArray<Content> => {
  switch (message.role) {
    case "user":
      return shown(message.content)
    case "tool":
      return [{ toolResult: answer(message, model) }]
    case "assistant":
      return message.content.flatMap(block)
  }
}

const answer = ({ callId, success, content }: ToolMessage, model: string) => {
  const told = shown(content)
  return {
    toolUseId: callId,
    content: told.length === 0 ? [{ text: "(nothing)" }] : told,
    ...(success || !abilityOf(model).readsStatus ? {} : { status: "error" as const })
  }
}

/** Text of blanks alone is refused. */
const shown = (content: ReadonlyArray<TextBlock | ImageBlock>): ReadonlyArray<Shown> =>
  content.flatMap((part): ReadonlyArray<Shown> => {
    if (part.type === "image") return [image(part)]
    return part.text.trim() === "" ? [] : [{ text: part.text }]
  })

const formats: Readonly<Record<string, string>> = {
  "image/jpeg": "jpeg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp"
}

const image = ({ mime, data }: ImageBlock): Shown => {
  const format = Object.hasOwn(formats, mime) ? formats[mime] : undefined
  return format === undefined
    ? { text: `[${mime} image: this model takes JPEG, PNG, GIF and WebP]` }
    : { image: { format, source: { bytes: data } } }
}

const block = (part: AssistantMessage["content"][number]): ReadonlyArray<Content> => {
  const { signature, redacted } = part.providerMeta ?? {}
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [{ text: part.text }]
    case "call":
      return [{ toolUse: { toolUseId: part.id, name: part.name, input: asObject(part.input) } }]
    case "thinking":
      // Claude's thinking goes back as it was signed. Of the others' nothing does: DeepSeek's and gpt-oss's is refused.
      if (typeof redacted === "string") return [{ reasoningContent: { redactedContent: redacted } }]
      return typeof signature === "string"
        ? [{ reasoningContent: { reasoningText: { text: part.text, signature } } }]
        : []
  }
}

/** A request in the words of Google's `generateContent`. */
import { type AssistantMessage, type ImageBlock, type Message, textOf, type ToolMessage } from "../message.ts"
import type { ModelRequest, ToolDefinition } from "../model.ts"
import { fields } from "../wire-value.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"
import { isGemini3 } from "./gemini-generation.ts"
import { thinkingOf } from "./gemini-thinking.ts"
import { asObject, prepare } from "./history.ts"
import { offeredTools } from "./offered-tools.ts"

type Struct = Readonly<Record<string, unknown>>

interface InlineData {
  readonly inlineData: { readonly mimeType: string; readonly data: string }
}

export interface Part extends Partial<InlineData> {
  readonly text?: string
  readonly thought?: true
  readonly thoughtSignature?: string
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: Struct }
  readonly functionResponse?: {
    readonly id?: string
    readonly name: string
    readonly response: Struct
    readonly parts?: ReadonlyArray<InlineData>
  }
}

export interface Content {
  readonly role: "user" | "model"
  readonly parts: Array<Part>
}

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const generationConfig = {
    ...(request.maxTokens === undefined ? {} : { maxOutputTokens: request.maxTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...thinkingOf(options, request.reasoning, request.maxTokens)
  }
  const tools = offeredTools(options.quirks, request)
  return {
    contents: contentsOf(options, request.messages),
    ...(request.system === "" ? {} : { systemInstruction: { parts: [{ text: request.system }] } }),
    ...(tools.length === 0
      ? {}
      : { tools: [{ functionDeclarations: tools.map((tool) => declaration(tool, options.quirks)) }] }),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...options.quirks.body
  }
}

/** Google's own form of schemas is the older one and says less; an object without properties is refused in it. */
const declaration = ({ name, description, parameters }: ToolDefinition, { toolSchema }: Quirks) => {
  if (toolSchema !== "subset") return { name, description, parametersJsonSchema: parameters }
  return { name, description, ...(Object.keys(fields(parameters.properties)).length === 0 ? {} : { parameters }) }
}

/** Answers of tools are the user's there, and one role's messages in a row are one content: roles take turns. */
const contentsOf = (options: DialectOptions, messages: ReadonlyArray<Message>): ReadonlyArray<Content> => {
  const isNew = isGemini3(options.model)
  const contents: Array<Content> = []
  for (const message of prepare(options, messages, { callId: { max: 64 }, toolImages: isNew, silentState: true })) {
    const role = message.role === "assistant" ? "model" : "user"
    const parts = partsOf(message, isNew)
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else if (parts.length > 0) contents.push({ role, parts: [...parts] })
  }
  return isNew ? contents.map(withSignature) : contents
}

const partsOf = (message: Message, isNew: boolean): ReadonlyArray<Part> => {
  switch (message.role) {
    case "user":
      return message.content.flatMap((block): ReadonlyArray<Part> => {
        if (block.type === "image") return [image(block)]
        return block.text === "" ? [] : [{ text: block.text }]
      })
    case "tool":
      return [answer(message, isNew)]
    case "assistant":
      return message.content.flatMap((block) => said(block, isNew))
  }
}

/** What was signed goes back as it was signed. Unsigned thoughts are summaries for people, which no model needs. */
const said = (block: AssistantMessage["content"][number], isNew: boolean): ReadonlyArray<Part> => {
  const { thoughtSignature } = block.providerMeta ?? {}
  const signature = typeof thoughtSignature === "string" ? { thoughtSignature } : {}
  const isSigned = "thoughtSignature" in signature
  switch (block.type) {
    case "text":
      return block.text === "" && !isSigned ? [] : [{ text: block.text, ...signature }]
    case "thinking":
      return isSigned ? [{ text: block.text, thought: true, ...signature }] : []
    case "call": {
      const { id, name, input } = block
      return [{ functionCall: { ...(isNew ? { id } : {}), name, args: asObject(input) }, ...signature }]
    }
  }
}

/**
 * Stands in for the signature of a call that this model did not make: another model's, or one whose signature was lost.
 * Of calls in parallel only the first is signed.
 * Source: ai.google.dev/gemini-api/docs/thought-signatures, questions at its end.
 */
const noSignature = "skip_thought_signature_validator"

const withSignature = (content: Content): Content => {
  const first = content.parts.findIndex(({ functionCall }) => functionCall !== undefined)
  const part = content.parts[first]
  if (part === undefined || part.thoughtSignature !== undefined) return content
  return { ...content, parts: content.parts.with(first, { ...part, thoughtSignature: noSignature }) }
}

/** Told as text even where it is JSON: a `$ref` in an object would be looked for among the images (BerriAI/litellm #38223). */
const answer = (message: ToolMessage, isNew: boolean): Part => {
  const { callId, name, success, content } = message
  const images = content.flatMap((block) => (block.type === "image" ? [image(block)] : []))
  const shown = images.flatMap(({ inlineData }) => (inlineData === undefined ? [] : [{ inlineData }]))
  const told = [textOf(message), ...images.map(({ text = "" }) => text)].filter((text) => text !== "").join("\n")
  return {
    functionResponse: {
      ...(isNew ? { id: callId } : {}),
      name,
      response: success ? { output: told } : { error: told },
      ...(shown.length === 0 ? {} : { parts: shown })
    }
  }
}

const imageTypes: ReadonlyArray<string> = ["image/png", "image/jpeg", "image/webp"]

const image = ({ mime, data }: ImageBlock): Part =>
  imageTypes.includes(mime)
    ? { inlineData: { mimeType: mime, data } }
    : { text: `[${mime} image: this model takes PNG, JPEG and WebP]` }

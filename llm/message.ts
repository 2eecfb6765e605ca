/** What a user, a model and its tools say to each other: the one shape that every dialect translates from and to. */

/** State that only its provider understands (signatures, encrypted reasoning) and that must travel back unchanged. */
export type ProviderMeta = Readonly<Record<string, unknown>>

export interface TextBlock {
  readonly type: "text"
  readonly text: string
  readonly providerMeta?: ProviderMeta
}

export interface ThinkingBlock {
  readonly type: "thinking"
  /** Empty when the provider only gives an encrypted form. */
  readonly text: string
  readonly providerMeta?: ProviderMeta
}

export interface ImageBlock {
  readonly type: "image"
  /** For example `image/png`. */
  readonly mime: string
  /** Base64, without a `data:` prefix. */
  readonly data: string
  /** What the user calls it; never sent. */
  readonly name?: string
}

export interface ToolCall {
  readonly type: "call"
  readonly id: string
  readonly name: string
  /** An object; a string holds arguments that were not valid JSON, for the tool to refuse with a message the model can read. */
  readonly input: unknown
  readonly providerMeta?: ProviderMeta
}

export interface UserMessage {
  readonly role: "user"
  readonly id: string
  readonly content: ReadonlyArray<TextBlock | ImageBlock>
  /** What the user typed, where `content` is what that stands for or more than that. Never sent. */
  readonly typed?: string
  /** Name of the plugin whose words it is; absent: the user's, or another agent's. Never sent. */
  readonly from?: string
}

export interface AssistantMessage {
  readonly role: "assistant"
  readonly content: ReadonlyArray<TextBlock | ThinkingBlock | ToolCall>
  /** Id of the model that wrote it, `provider/model`. Another model must not be sent this message's `providerMeta`. */
  readonly model: string
  /** The user stopped it before its end. */
  readonly interrupted?: true
}

export interface ToolMessage {
  readonly role: "tool"
  readonly callId: string
  readonly name: string
  readonly success: boolean
  /** Why it is no success, in the classes that answers carry. */
  readonly errorClass?: string
  /** What it is worth when something broke on the way: `contained`, `degraded`, `provisional`, `healed`, `false_heal`. */
  readonly outcome?: string
  /** What was skipped, invented or stubbed on the way to it, one line each. */
  readonly degraded?: ReadonlyArray<string>
  /** Id of the repair that stands behind it. */
  readonly seam?: string
  readonly content: ReadonlyArray<TextBlock | ImageBlock>
}

export type Message = UserMessage | AssistantMessage | ToolMessage

/** All text of a message, without thinking, calls and images. */
export const textOf = (message: Message): string =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")

/** The tools a model asked for, in its order. */
export const callsOf = (message: Message): ReadonlyArray<ToolCall> =>
  message.role === "assistant" ? message.content.filter((block) => block.type === "call") : []

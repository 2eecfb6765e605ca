/** A conversation in the form that one model may be sent: the same for every dialect, before its own spelling. */
import {
  type AssistantMessage,
  callsOf,
  type ImageBlock,
  type Message,
  type TextBlock,
  type ToolCall,
  type ToolMessage
} from "../message.ts"
import { isFields } from "../wire-value.ts"
import type { DialectOptions, Quirks } from "./dialect.ts"

export interface Ability {
  /** What call ids may look like where the provider's quirks do not say. */
  readonly callId: NonNullable<Quirks["callId"]>
  /** Answers of tools may hold images; otherwise the user shows them. */
  readonly toolImages: boolean
  /** Text without a word may hold state that must travel back. */
  readonly silentState?: boolean
  /** Thinking stands beside what is said, not before it: it may be the last that came. */
  readonly thinkingBeside?: boolean
}

/**
 * - Thinking and provider state of another model are dropped, and its call ids made acceptable, calls and answers alike.
 * - Assistant messages that say and call nothing are dropped, and thinking that nothing follows: providers refuse both.
 * - Consecutive user messages become one: many chat templates refuse two.
 * - Images become a note for models that are known not to see.
 */
export const prepare = (
  { id, info, quirks }: DialectOptions,
  messages: ReadonlyArray<Message>,
  ability: Ability
): ReadonlyArray<Message> => {
  const visible = info.images === false ? messages.map(describeImages) : messages
  // Where a server has a rule of its own, what it gave keeps it; a call in the text protocol has an id of ours.
  const isOwn = (model: string): boolean => model === id && quirks.callId === undefined
  const known = acceptIds(visible, isOwn, quirks.callId ?? ability.callId)
  const own = known.flatMap((message): ReadonlyArray<Message> =>
    message.role === "assistant" ? clean(message, id, ability) : [message]
  )
  return mergeUsers(ability.toolImages ? own : showImages(own))
}

/** All call ids of a conversation. */
export const callIds = (messages: ReadonlyArray<Message>): ReadonlySet<string> =>
  new Set(messages.flatMap(callsOf).map((call) => call.id))

/** Arguments as an object, whatever the model wrote: several servers refuse a conversation with anything else in it. */
export const asObject = (input: unknown): Readonly<Record<string, unknown>> => {
  if (isFields(input)) return input
  return typeof input === "string" ? { invalid_json: input } : { value: input }
}

const note = (image: ImageBlock): TextBlock => ({
  type: "text",
  text: `[${image.mime} image: this model cannot see images]`
})

const describeImages = (message: Message): Message => {
  if (message.role === "assistant") return message
  return { ...message, content: message.content.map((block) => (block.type === "image" ? note(block) : block)) }
}

const acceptIds = (
  messages: ReadonlyArray<Message>,
  isOwn: (model: string) => boolean,
  rule: Ability["callId"]
): ReadonlyArray<Message> => {
  const accepted = new Map<string, string>()
  return messages.map((message) => {
    if (message.role === "tool") return { ...message, callId: accepted.get(message.callId) ?? message.callId }
    if (message.role === "user") return message
    for (const { id } of callsOf(message)) accepted.set(id, isOwn(message.model) ? id : acceptable(id, rule))
    return {
      ...message,
      content: message.content.map((block) =>
        block.type === "call" ? { ...block, id: accepted.get(block.id) ?? block.id } : block
      )
    }
  })
}

/** The same id for the same input, so that a provider's prompt cache still fits. */
const acceptable = (id: string, { max, alphanumeric = false }: Ability["callId"]): string => {
  const letters = alphanumeric ? /^[A-Za-z0-9]+$/ : /^[\w-]+$/
  if (id.length <= max && letters.test(id)) return id
  // Loaded here because most conversations never need it, and it takes longer than all the rest of this folder.
  return process.getBuiltinModule("node:crypto").hash("sha256", id, "hex").slice(0, max)
}

const clean = (
  message: AssistantMessage,
  model: string,
  { silentState = false, thinkingBeside = false }: Ability
): ReadonlyArray<AssistantMessage> => {
  const content = (message.model === model ? message.content : message.content.flatMap(withoutState)).filter(
    (block) => block.type !== "text" || block.text !== "" || (silentState && block.providerMeta !== undefined)
  )
  // Text of blanks follows nothing: several providers want it left out, and then the thinking would be the end.
  const isSaid = (block: (typeof content)[number]): boolean =>
    block.type === "call" ||
    (block.type === "text" && (block.text.trim() !== "" || (silentState && block.providerMeta !== undefined)))
  const last = content.findLastIndex(isSaid)
  return last === -1 ? [] : [{ ...message, content: thinkingBeside ? content : content.slice(0, last + 1) }]
}

const withoutState = (block: AssistantMessage["content"][number]): ReadonlyArray<TextBlock | ToolCall> => {
  if (block.type === "thinking") return []
  const { providerMeta: _, ...rest } = block
  return [rest]
}

/** After the answers to one message's calls, the user shows the images that were in them. */
const showImages = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages.flatMap((message, at): ReadonlyArray<Message> => {
    if (message.role !== "tool") return [message]
    const rest: ToolMessage = { ...message, content: message.content.filter((block) => block.type === "text") }
    if (messages[at + 1]?.role === "tool") return [rest]
    let first = at
    while (messages[first - 1]?.role === "tool") first -= 1
    const shown = messages.slice(first, at + 1).flatMap(imagesOf)
    return shown.length === 0 ? [rest] : [rest, { role: "user", id: "", content: shown }]
  })

const imagesOf = (message: Message): ReadonlyArray<TextBlock | ImageBlock> => {
  if (message.role !== "tool") return []
  const images = message.content.filter((block) => block.type === "image")
  return images.length === 0 ? [] : [{ type: "text", text: `Shown by ${message.name}:` }, ...images]
}

const mergeUsers = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages.reduce<Array<Message>>((merged, message) => {
    const before = merged.at(-1)
    if (message.role === "user" && before?.role === "user") {
      merged[merged.length - 1] = { ...before, content: [...before.content, ...message.content] }
    } else merged.push(message)
    return merged
  }, [])

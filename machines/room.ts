/** How much of a model's window a conversation takes, and how much of it stays word for word when it is compacted. */
import type { Message } from "../llm/message.ts"
import type { Transcript } from "./events.ts"

/** Characters of a token, taken over prose and code; images count as the largest that providers let through. */
export const charactersPerToken = 4
const imageTokens = 1_600

/** Tokens, roughly: no tokenizer of any provider is asked. */
export const estimated = (messages: ReadonlyArray<Message>): number =>
  messages.reduce((sum, one) => sum + sizeOf(one), 0)

const sizeOf = ({ content }: Message): number => {
  let [characters, images] = [0, 0]
  for (const block of content) {
    if (block.type === "image") images += 1
    else if (block.type === "call") characters += block.name.length + (JSON.stringify(block.input) ?? "").length
    else characters += block.text.length
  }
  return Math.ceil(characters / charactersPerToken) + images * imageTokens
}

/** Tokens that stay free for the next reply: 16,384, of small windows a tenth. */
export const reserveOf = (window: number): number => Math.min(16_384, Math.floor(window / 10))

/** What is known of the room before a request. */
export interface Room {
  /** Tokens of the newest request and its reply; 0: nobody knows. */
  readonly used: number
  /** Tokens that were left by the newest compaction; 0 before the first, absent while nobody knows. */
  readonly floor?: number
}

/**
 * Whether the next request would leave less than the reserve. Where a compaction has left that much already, only once as
 * much as a reserve has come to it: another would free nothing.
 */
export const isFull = (transcript: Transcript, { used, floor }: Room, window: number): boolean => {
  if (used === 0 || floor === undefined) return false
  const now = sizeNow(transcript, used)
  const reserve = reserveOf(window)
  return now + reserve > window && now - floor > reserve
}

/** Tokens of a conversation of which those up to the newest reply are known. */
export const sizeNow = (transcript: Transcript, used: number): number => {
  const reply = transcript.findLastIndex(({ role }) => role === "assistant")
  return used + estimated(transcript.slice(reply + 1))
}

/** Tokens of the newest messages that stay word for word, and their largest share of the whole. */
const most = { tokens: 20_000, share: 1 / 4 }

/**
 * How many of the newest messages stay: whole rounds, as many as fit. What was said last is what the next step builds on;
 * a share keeps small windows from being filled by it.
 */
export const keptOf = (transcript: Transcript): number => {
  const limit = Math.min(most.tokens, estimated(transcript) * most.share)
  let [kept, size] = [0, 0]
  for (const [at, message] of transcript.toReversed().entries()) {
    size += sizeOf(message)
    if (size > limit || isSummary(message)) break
    // Answers stay with their calls.
    if (message.role !== "tool") kept = at + 1
  }
  return kept
}

/** Of the message that stands for what was said before. */
export const summaryId = "summary"

export const isSummary = (message: Message): boolean => message.role === "user" && message.id === summaryId

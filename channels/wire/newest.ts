/** Of a long conversation the newest messages, as many as one frame may hold: what cannot be sent whole could never be opened again. */
import type { Message } from "../../llm/message.ts"
import type { Transcript } from "../../machines/events.ts"
import { frameLimit } from "./frames.ts"

export interface Newest {
  readonly transcript: Array<Message>
  /** How many older ones there are; absent: none. */
  readonly omitted?: number
}

/** Characters, by message: none of them ever changes. */
const sizes = new WeakMap<Message, number>()

const sizeOf = (message: Message): number => {
  const size = sizes.get(message) ?? JSON.stringify(message).length
  sizes.set(message, size)
  return size
}

/** The newest is always there. @param limit Characters. */
export const newestOf = (transcript: Transcript, limit: number = frameLimit): Newest => {
  let first = transcript.length
  for (let left = limit; first > 0; first -= 1) {
    left -= sizeOf(transcript[first - 1]!)
    if (left < 0 && first < transcript.length) break
  }
  return { transcript: transcript.slice(first), ...(first > 0 && { omitted: first }) }
}

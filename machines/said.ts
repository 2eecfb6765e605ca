/** What a user said, in the few words by which channels show it. */
import { textOf, type UserMessage } from "../llm/message.ts"
import { isFromBackground } from "./background.ts"
import type { Said, Transcript } from "./events.ts"

/** What somebody typed, or where nobody typed it, what it says. */
export const typedIn = ({ id, content, typed }: Pick<UserMessage, "id" | "content" | "typed">): string =>
  typed ?? textOf({ role: "user", id, content })

export const saidOf = ({ id, content, typed }: Pick<UserMessage, "id" | "content" | "typed">): Said => {
  const text = typedIn({ id, content, ...(typed !== undefined && { typed }) })
  const images = content.flatMap((block) => (block.type === "image" ? [block.name ?? block.mime] : []))
  return { id, text, ...(images.length === 0 ? {} : { images }) }
}

/** Of these messages those that the user said, in their order. */
export const saidIn = (transcript: Transcript, messages: ReadonlyArray<string>): ReadonlyArray<Said> =>
  transcript.flatMap((message) =>
    message.role === "user" && messages.includes(message.id) && !isFromBackground(message) ? [saidOf(message)] : []
  )

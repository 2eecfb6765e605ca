/** A conversation as hooks see it, and what they leave of it as the model is asked with it. */
import { callsOf, type Message, textOf } from "../../llm/message.ts"
import type { Transcript } from "../../machines/events.ts"
import type { ContextMessage } from "../../plugins/hooks.ts"

export const contextOf = (transcript: Transcript): ReadonlyArray<ContextMessage> =>
  transcript.map((message, id) => ({ id, role: message.role, text: textOf(message), tools: toolsOf(message) }))

const toolsOf = (message: Message): ReadonlyArray<string> =>
  message.role === "tool" ? [message.name] : callsOf(message).map(({ name }) => name)

/** The messages that are left, with the texts that stand there now; what is no text stays as it is. */
export const contextBy = (transcript: Transcript, seen: ReadonlyArray<ContextMessage>): Transcript =>
  seen.flatMap(({ id, text }) => {
    const message = transcript[id]
    if (message === undefined) return []
    if (textOf(message) === text) return [message]
    const changed = withText(message, text)
    // A provider takes no message with nothing in it.
    return changed.content.length > 0 ? [changed] : message.role === "tool" ? [withText(message, leftOut)] : []
  })

const leftOut = "(left out)"

const withText = (message: Message, text: string): Message => {
  switch (message.role) {
    case "user":
      return { ...message, content: replaced(message.content, text) }
    case "assistant":
      return { ...message, content: replaced(message.content, text) }
    case "tool":
      return { ...message, content: replaced(message.content, text) }
  }
}

/** One text where the first stood; where there was none, behind what the model thought. */
const replaced = <Block extends Message["content"][number]>(
  content: ReadonlyArray<Block>,
  text: string
): ReadonlyArray<Block | { readonly type: "text"; readonly text: string }> => {
  const rest = content.filter(({ type }) => type !== "text")
  if (text.trim() === "") return rest
  const at = content.slice(
    0,
    content.findIndex(({ type }) => type === "text")
  )
  const before = at.length > 0 || content[0]?.type === "text" ? at.length : rest.filter(isThinking).length
  return [...rest.slice(0, before), { type: "text", text }, ...rest.slice(before)]
}

const isThinking = ({ type }: { readonly type: string }): boolean => type === "thinking"

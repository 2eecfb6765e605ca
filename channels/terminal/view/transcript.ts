/** A conversation that was stored, as the items of a view. */
import { type Message, textOf, type ToolMessage, type UserMessage } from "../../../llm/message.ts"
import type { Transcript } from "../../../machines/events.ts"
import { isFromBackground } from "../../../machines/background.ts"
import { answerIn } from "../../../machines/transcript.ts"
import type { ToldAnswer } from "../../../plugins/outcome.ts"
import { imageLabels } from "../../attachments.ts"
import { continuedIn, typedText } from "../../shown-words.ts"
import { finish, nothing } from "../text/stream.ts"
import { storedResult } from "./background.ts"
import { type Item, userItem } from "./view.ts"

export const itemsOf = (transcript: Transcript): ReadonlyArray<Item> => {
  const answers = new Map(
    transcript.flatMap((message) => (message.role === "tool" ? [[message.callId, message] as const] : []))
  )
  return transcript.flatMap((message) => messageItems(message, answers))
}

const messageItems = (message: Message, answers: ReadonlyMap<string, ToolMessage>): ReadonlyArray<Item> => {
  if (message.role === "user") return [said(message)]
  if (message.role === "tool") return []
  return message.content.flatMap((block): ReadonlyArray<Item> => {
    if (block.type === "thinking") return block.text.trim() === "" ? [] : [{ kind: "thinking", text: block.text }]
    if (block.type === "call") return [{ kind: "call", call: block, answer: answerOf(answers.get(block.id)) }]
    return finish({ ...nothing, text: block.text }).map((piece, index): Item => ({
      kind: "prose",
      ...piece,
      first: index === 0
    }))
  })
}

const said = (message: UserMessage): Item => {
  if (isFromBackground(message)) return storedResult(textOf(message))
  if (message.from === undefined) return userItem({ text: typedText(message), images: imageLabels(message.content) })
  return { kind: "note", tone: "plain", text: continuedIn(message) }
}

const answerOf = (message: ToolMessage | undefined): ToldAnswer =>
  message === undefined ? { success: false, error: "no answer was stored" } : answerIn(message)

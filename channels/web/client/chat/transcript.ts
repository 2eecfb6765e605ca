/** A conversation as it was stored, as items. */
import { type Message, textOf, type UserMessage } from "../../../../llm/message.ts"
import { isFromBackground } from "../../../../machines/background.ts"
import { isSummary } from "../../../../machines/room.ts"
import { answerIn } from "../../../../machines/transcript.ts"
import { continuedIn, typedText } from "../../../shown-words.ts"
import type { FileLabel, ItemBody } from "./model.ts"
import { apart } from "./said-files.ts"
import { storedResult } from "./stored-result.ts"

/** @param isRunning A turn runs: calls without an answer may still get one. */
export const itemsOf = (
  transcript: ReadonlyArray<Message>,
  isRunning: boolean,
  now: number
): ReadonlyArray<ItemBody> => {
  const answers = new Map(
    transcript.flatMap((one) => (one.role === "tool" ? [[one.callId, answerIn(one)] as const] : []))
  )
  return transcript.flatMap((message): ReadonlyArray<ItemBody> => {
    if (message.role === "tool") return []
    if (isSummary(message)) return [{ kind: "rule", text: "conversation compacted", more: textOf(message) }]
    if (message.role === "user") return [said(message)]
    return message.content.flatMap((block): ReadonlyArray<ItemBody> => {
      if (block.type === "thinking")
        return block.text.trim() === "" ? [] : [{ kind: "thinking", text: block.text, isOpen: false, since: now }]
      if (block.type === "text")
        return block.text.trim() === "" ? [] : [{ kind: "reply", text: block.text, isOpen: false, isVoid: false }]
      const answer = answers.get(block.id)
      if (answer === undefined && isRunning)
        return [{ kind: "call", call: block, phase: "waiting", tail: "", since: now }]
      return [{ kind: "call", call: block, phase: "settled", tail: "", since: now, answer: answer ?? unanswered }]
    })
  })
}

const said = (message: UserMessage): ItemBody => {
  if (isFromBackground(message)) return storedResult(textOf(message))
  if (message.from === undefined) return userItem(message.id, message)
  return { kind: "note", tone: "plain", text: continuedIn(message) }
}

const unanswered = { success: false, error: "no answer was stored" }

export const userItem = (id: string, message: Message): Extract<ItemBody, { kind: "user" }> => {
  const pictures = message.content.flatMap((block): ReadonlyArray<FileLabel> =>
    block.type === "image" ? [pictureLabel(block.name ?? "picture", block.mime, block.data)] : []
  )
  const { text, files } = apart(message.role === "user" ? typedText(message) : textOf(message))
  return { kind: "user", id, text, files: [...files, ...pictures] }
}

/** Kinds of pictures that browsers show and that can hold no script. */
const pictures = /^image\/(png|jpeg|gif|webp|avif)$/

const isPicture = (mime: string): boolean => pictures.test(mime)

export const pictureLabel = (name: string, mime: string, data: string): FileLabel => ({
  name,
  ...(isPicture(mime) && data !== "" && { src: `data:${mime};base64,${data}` })
})

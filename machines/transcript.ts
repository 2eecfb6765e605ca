/** The conversation as plain data: which calls are open, how an answer reads, how open calls are closed. */
import { callsOf, type ToolCall, type ToolMessage, type UserMessage } from "../llm/message.ts"
import type { Answer } from "../plugins/tool.ts"
import type { Transcript } from "./events.ts"

/** Calls of the newest reply that have no answer yet. */
export const openCalls = (transcript: Transcript): ReadonlyArray<ToolCall> => {
  const at = transcript.findLastIndex((message) => message.role === "assistant")
  const reply = transcript[at]
  if (reply === undefined) return []
  const answered = new Set(
    transcript.slice(at + 1).map((message) => (message.role === "tool" ? message.callId : undefined))
  )
  return callsOf(reply).filter((call) => !answered.has(call.id))
}

export const openCall = (transcript: Transcript, callId: string): ToolCall | undefined =>
  openCalls(transcript).find((call) => call.id === callId)

/** What was heard of a reply before it was stopped stays in the conversation, marked so. */
export const interruptedReply = (transcript: Transcript, text: string, model: string): Transcript =>
  text === ""
    ? transcript
    : [...transcript, { role: "assistant", content: [{ type: "text", text }], model, interrupted: true }]

/** An answer as the model reads it. */
export const toolMessage = (call: ToolCall, answer: Answer): ToolMessage => ({
  role: "tool",
  callId: call.id,
  name: call.name,
  success: answer.success,
  content: [
    { type: "text", text: readable(answer) },
    ...(answer.images ?? []).map(({ mime, data }) => ({ type: "image" as const, mime, data }))
  ]
})

const readable = ({ success, data, error, errorClass, summary }: Answer): string => {
  const body = typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data)
  if (success) return body || summary || "Done."
  const failure = `Error${errorClass === undefined ? "" : ` (${errorClass})`}: ${error ?? summary ?? "failed"}`
  return body === "" ? failure : `${failure}\n${body}`
}

/** Answers every open call, so that a provider accepts the conversation. */
export const closeCalls = (transcript: Transcript, answerFor: (call: ToolCall) => Answer): Transcript => [
  ...transcript,
  ...openCalls(transcript).map((call) => toolMessage(call, answerFor(call)))
]

/** The conversation with everything before it replaced by a summary. */
export const compacted = (summary: string): Transcript => {
  const text = `The conversation so far was replaced by this summary of it:\n\n${summary}`
  const message: UserMessage = { role: "user", id: "summary", content: [{ type: "text", text }] }
  return [message]
}

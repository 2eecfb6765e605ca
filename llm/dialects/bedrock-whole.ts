/** A whole answer of Converse: its blocks, each begun and told at once. */
import { fields, type Fields, isFields, list } from "../wire-value.ts"
import { step } from "./bedrock-step.ts"
import { inOrder, type Reply, type Step } from "./reply.ts"

/** @returns `undefined` for what is none. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const { output, stopReason, usage } = fields(body)
  const { message } = fields(output)
  if (!isFields(message)) return undefined
  const events: ReadonlyArray<Fields> = [
    ...list(message.content).flatMap(blockEvents),
    { metadata: { usage } },
    { messageStop: { stopReason } }
  ]
  return inOrder(reply, ...events.map((event) => (now: Reply) => step(now, event)))
}

/** Thinking stands a level deeper than in a stream, and arguments are an object. */
const blockEvents = (block: unknown, contentBlockIndex: number): ReadonlyArray<Fields> => {
  const { text, toolUse, reasoningContent } = fields(block)
  const { reasoningText, ...redacted } = fields(reasoningContent)
  const { input } = fields(toolUse)
  const delta = {
    text,
    reasoningContent: { ...redacted, ...fields(reasoningText) },
    toolUse: { input: isFields(input) ? JSON.stringify(input) : undefined }
  }
  return [
    { contentBlockStart: { contentBlockIndex, start: { toolUse } } },
    { contentBlockDelta: { contentBlockIndex, delta } }
  ]
}

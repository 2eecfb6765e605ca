/** A whole message: its blocks are what begins each block of a stream, and the arguments of calls what follows. */
import { fields, type Fields, isFields, list } from "../wire-value.ts"
import { step } from "./anthropic-step.ts"
import { inOrder, type Reply, type Step } from "./reply.ts"

/** @returns `undefined` for what is none. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const { content, stop_reason, usage } = fields(body)
  if (!Array.isArray(content)) return undefined
  const events: ReadonlyArray<Fields> = [
    { type: "message_start", message: { usage } },
    ...list(content).flatMap(blockEvents),
    { type: "message_delta", delta: { stop_reason } },
    { type: "message_stop" }
  ]
  return inOrder(reply, ...events.map((event) => (now: Reply) => step(now, event)))
}

const blockEvents = (block: unknown, index: number): ReadonlyArray<Fields> => {
  const { input } = fields(block)
  const partial_json = isFields(input) ? JSON.stringify(input) : ""
  return [
    { type: "content_block_start", index, content_block: block },
    { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } }
  ]
}

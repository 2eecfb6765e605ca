/** A whole answer of Cohere's chat: its parts are what begins each part of a stream, with nothing left to add. */
import { fields, type Fields, isFields, list, text } from "../wire-value.ts"
import { step } from "./cohere-step.ts"
import { inOrder, type Reply, type Step } from "./reply.ts"

/** @returns `undefined` for what is none. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const { message, ...end } = fields(body)
  if (!isFields(message) || text(end.finish_reason) === "") return undefined
  const events: ReadonlyArray<Fields> = [
    { type: "tool-plan-delta", delta: { message: { tool_plan: message.tool_plan } } },
    ...list(message.content).map((content, index) => ({
      type: "content-start",
      index,
      delta: { message: { content } }
    })),
    ...list(message.tool_calls).map((tool_calls, index) => ({
      type: "tool-call-start",
      index,
      delta: { message: { tool_calls } }
    })),
    { type: "message-end", delta: end }
  ]
  return inOrder(reply, ...events.map((event) => (now: Reply) => step(now, event)))
}

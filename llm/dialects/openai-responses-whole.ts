/** A whole response: what the last event of a stream holds. */
import { fields, text } from "../wire-value.ts"
import { step } from "./openai-responses-step.ts"
import type { Reply, Step } from "./reply.ts"

/** @returns `undefined` for what is none, or is not done yet. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const { status, output } = fields(body)
  if (!Array.isArray(output) || ["queued", "in_progress"].includes(text(status))) return undefined
  return step(reply, { type: "response.completed", response: body })
}

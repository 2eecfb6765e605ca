/** A whole chat completion: the same as a stream of one chunk. */
import { fields, isFields, list } from "../wire-value.ts"
import { step } from "./openai-chat-step.ts"
import type { Reply, Step } from "./reply.ts"

/** @returns `undefined` for what is none. */
export const whole = (reply: Reply, body: unknown): Step | undefined => {
  const choice = fields(list(fields(body).choices)[0])
  if (!isFields(choice.message)) return undefined
  const [after, told] = step(reply, { ...fields(body), choices: [{ ...choice, delta: choice.message }] })
  return [{ ...after, ended: true }, told]
}

/** The model of a session, asked once by an MCP server with the user's consent, and paid for by that session. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { type Message, textOf } from "../../llm/message.ts"
import type { ModelRequest, Taken } from "../../llm/model.ts"
import { ModelError } from "../../llm/model-error.ts"
import { spentOut } from "../../machines/agent-words.ts"
import { nothingSpent, spend } from "../../machines/spending.ts"
import { type Complete, type Completion, Refused } from "../../plugins/mcp/sampling.ts"
import { type Asker, type Asking, reply } from "../model.ts"
import type { Superior } from "../subagents/superior.ts"

export type SessionModel = (completion: Completion, signal: AbortSignal) => ReturnType<Complete>

/**
 * Rejects with a Refused whose message is fit for a stranger: what went wrong at the provider stays here, as its `cause`.
 *
 * @param superior The session's agent, whose model it is and who pays.
 */
export const sessionModel =
  (asking: Asker & Pick<Asking, "hindrance">, superior: () => Superior | undefined): SessionModel =>
  async (completion, signal) => {
    const payer = superior()
    const context = payer?.context()
    if (payer === undefined || context === undefined) throw new Refused("the session is not there to answer")
    if ((asking.hindrance() ?? spentOut(context)) !== undefined)
      throw new Refused("the session has used up what it may spend")
    const took: Array<Taken> = []
    try {
      const request = requestOf(completion, context.model)
      const asked = reply(asking, context.model, request, (event) => {
        if (event.type === "model.broke") took.push(event.took)
      })
      const { message, usage, cost, finishReason } = await Effect.runPromise(asked, { signal })
      took.push({ model: message.model, usage, cost })
      const text = textOf(message)
      if (text === "") throw new Refused("the model gave no text")
      return { model: message.model, text, isCut: finishReason === "length" }
    } catch (error) {
      if (error instanceof ModelError && error.took !== undefined) took.push(error.took)
      if (error instanceof Refused) throw error
      throw new Refused(signal.aborted ? "it was stopped" : "the model did not answer", { cause: error })
    } finally {
      if (took.length > 0)
        payer.tell({ type: "subagent.ended", id: `sampling-${randomUUID()}`, spent: took.reduce(spend, nothingSpent) })
    }
  }

const requestOf = ({ system, messages, maxTokens, temperature }: Completion, model: string): ModelRequest => ({
  system,
  messages: messages.map((said, nth) => messageOf(said, nth, model)),
  tools: [],
  maxTokens,
  ...(temperature === undefined ? {} : { temperature })
})

const messageOf = ({ role, text, images }: Completion["messages"][number], nth: number, model: string): Message => {
  const words = text === "" ? [] : [{ type: "text" as const, text }]
  if (role === "assistant") return { role, model, content: words }
  return {
    role,
    id: `sampling-${nth}`,
    content: [...words, ...images.map((image) => ({ type: "image" as const, ...image }))]
  }
}

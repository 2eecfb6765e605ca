/** One small request, to see whether a model answers. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Model } from "./model.ts"
import { ModelError } from "./model-error.ts"

export type Tried =
  | { readonly ok: true; readonly milliseconds: number }
  | { readonly ok: false; readonly error: ModelError }

/** Tokens: the least that OpenAI's Responses take. */
const fewest = 16

/** What it says is of no interest; a reply that is cut at its limit is an answer, too. */
export const tryModel = async (model: Model, patience: number): Promise<Tried> => {
  const begun = performance.now()
  const ask = model.respond({
    system: "",
    messages: [{ role: "user", id: "doctor", content: [{ type: "text", text: "Reply with the word ok." }] }],
    tools: [],
    maxTokens: fewest
  })
  const late = () => Effect.fail(new ModelError({ provider: model.id, reason: { kind: "timed_out", phase: "total" } }))
  const bounded = Effect.timeoutOrElse(Stream.runDrain(ask), { duration: patience, orElse: late })
  const result = await Effect.runPromise(Effect.result(bounded))
  return Result.isSuccess(result)
    ? { ok: true, milliseconds: Math.round(performance.now() - begun) }
    : { ok: false, error: result.failure }
}

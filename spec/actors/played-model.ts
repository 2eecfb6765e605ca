/** A model that plays what a spec hands it, at the port: one entry for each request. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AssistantMessage, ToolCall } from "../../llm/message.ts"
import type { Model, ModelEvent, ModelRequest } from "../../llm/model.ts"
import { ModelError } from "../../llm/model-error.ts"

interface Said {
  readonly text?: string
  readonly calls?: ReadonlyArray<Partial<ToolCall>>
  /** Default: 10 tokens in, 2 out, one cent. `{}`: the provider tells nothing. */
  readonly price?: Pick<Extract<ModelEvent, { type: "finished" }>, "usage" | "cost">
}

/** What one request is answered with. */
export type Play = string | Said | ModelError | "stalls"

export interface PlayedModel extends Model {
  /** Every request, in order. */
  readonly requests: ReadonlyArray<ModelRequest>
  /** Requests that were interrupted before their end. */
  readonly interrupted: () => number
  /** Resolves when a request stalls. */
  readonly stalled: Promise<void>
}

export const played = (
  plays: ReadonlyArray<Play>,
  onRequest: (request: ModelRequest) => void = () => {}
): PlayedModel => {
  const requests: Array<ModelRequest> = []
  const stall = Deferred.makeUnsafe<void>()
  let interrupted = 0
  const respond = (request: ModelRequest): Stream.Stream<ModelEvent, ModelError> =>
    Stream.suspend(() => {
      onRequest(request)
      const play = plays[requests.push(request) - 1] ?? "nothing more was prepared"
      if (play instanceof ModelError) return Stream.fail(play)
      if (play !== "stalls") return Stream.fromIterable(eventsOf(play))
      Deferred.doneUnsafe(stall, Effect.void)
      return Stream.concat(
        Stream.succeed<ModelEvent>({ type: "text", delta: "I was about to" }),
        Stream.fromEffectDrain(Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => void (interrupted += 1)))))
      )
    })
  return {
    id: "played/one",
    info: { contextWindow: 100_000 },
    respond,
    requests,
    interrupted: () => interrupted,
    stalled: Effect.runPromise(Deferred.await(stall))
  }
}

const usual = { usage: { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 }, cost: 0.01 }

const eventsOf = (play: string | Said): ReadonlyArray<ModelEvent> => {
  const { text = "", calls = [], price = usual }: Said = typeof play === "string" ? { text: play } : play
  const content: AssistantMessage["content"] = [
    ...(text === "" ? [] : [{ type: "text" as const, text }]),
    ...calls.map((call, n) => ({ type: "call" as const, id: `call${n}`, name: "echo", input: {}, ...call }))
  ]
  const message: AssistantMessage = { role: "assistant", model: "played/one", content }
  return [
    ...(text === "" ? [] : [{ type: "text" as const, delta: text }]),
    {
      type: "finished",
      message,
      finishReason: calls.length > 0 ? "calls" : "stop",
      ...price
    }
  ]
}

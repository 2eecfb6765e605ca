/** Models for specs: each attempt plays the next answer, the last one for ever. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AssistantMessage } from "../../llm/message.ts"
import { ModelError, type ModelErrorReason } from "../../llm/model-error.ts"
import type { Model, ModelEvent, ModelInfo, ModelRequest } from "../../llm/model.ts"

export const failure = (reason: ModelErrorReason, provider = "fake"): ModelError => new ModelError({ provider, reason })

export const ask = (text = "hello"): ModelRequest => ({
  system: "",
  messages: [{ role: "user", id: "u1", content: [{ type: "text", text }] }],
  tools: []
})

export interface Fake extends Model {
  /** Requests so far. */
  readonly requests: Array<ModelRequest>
}

/** A text is streamed in two halves; a failure comes after half a text. */
export const fakeModel = (id: string, answers: ReadonlyArray<string | ModelError>, info: ModelInfo = {}): Fake => {
  const requests: Array<ModelRequest> = []
  const respond = (request: ModelRequest): Stream.Stream<ModelEvent, ModelError> =>
    Stream.suspend((): Stream.Stream<ModelEvent, ModelError> => {
      const answer = answers[Math.min(requests.length, answers.length - 1)]!
      requests.push(request)
      if (answer instanceof ModelError)
        return Stream.concat(Stream.succeed<ModelEvent>({ type: "text", delta: "hal" }), Stream.fail(answer))
      const half = Math.ceil(answer.length / 2)
      return Stream.fromIterable([
        ...[answer.slice(0, half), answer.slice(half)].map((delta) => ({ type: "text", delta }) as const),
        finished(id, answer)
      ])
    })
  return { id, info, requests, respond }
}

export const finished = (model: string, text: string): ModelEvent => {
  const message: AssistantMessage = { role: "assistant", model, content: [{ type: "text", text }] }
  return { type: "finished", message, finishReason: "stop" }
}

/** All events; a failure is a value. */
export const collect = (model: Model, request = ask()) => Effect.result(Stream.runCollect(model.respond(request)))

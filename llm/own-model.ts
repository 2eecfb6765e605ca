/** A model of one's own from a plain async generator. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AssistantMessage, ToolCall } from "./message.ts"
import { ModelError } from "./model-error.ts"
import type { Model, ModelEvent, ModelInfo, ModelRequest } from "./model.ts"
import { checkPiece } from "./own-piece.ts"

/**
 * A piece of a reply: a text, a whole call, or any event of the port. Without a `finished` event the texts and calls that came
 * are the reply, and their tokens and costs stay unknown.
 */
export type Piece = string | ToolCall | ModelEvent

export interface ModelSpec {
  /** `provider/model`, in names of your own. */
  readonly id: string
  /** Default: nothing is known of it. Without `contextWindow` no conversation is compacted before the model refuses it. */
  readonly info?: ModelInfo
  /** Milliseconds, so that no turn waits for ever: until the next piece (default 120,000), and for the whole reply (300,000). */
  readonly timeouts?: { readonly idle?: number; readonly total?: number }
  /**
   * Answers one request. Nothing is repeated: a throw ends the turn as failed, with a ModelError's own reason, else as
   * `unavailable` with the error's message.
   *
   * @param signal Aborts when nobody wants the reply any more, and when its time is over.
   */
  readonly respond: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<Piece>
}

/**
 * Makes a model for `createRuntime({ model })`.
 *
 * @throws TypeError when `id` is not `provider/model`.
 *
 * @example
 * defineModel({
 *   id: "mine/echo",
 *   async *respond({ messages }) {
 *     yield `You said: ${textOf(messages.at(-1)!)}`
 *   }
 * })
 */
export const defineModel = ({ id, info = {}, timeouts = {}, respond }: ModelSpec): Model => {
  if (!/^[^/]+\/./.test(id)) throw new TypeError(`a model's id is provider/model, and not ${JSON.stringify(id)}`)
  return {
    id,
    info,
    respond: (request) =>
      Stream.suspend(() => {
        const wanted = new AbortController()
        const pieces = inTime(id, timeouts, () => respond(request, wanted.signal))
        return Stream.ensuring(
          Stream.fromAsyncIterable(reply(id, pieces), (error) => failure(id, error)),
          Effect.sync(() => wanted.abort())
        )
      })
  }
}

/** The same pieces, and a failure when they take too long. What does not listen to its signal is left behind. */
async function* inTime(
  provider: string,
  { idle = 120_000, total = 300_000 }: NonNullable<ModelSpec["timeouts"]>,
  begin: () => AsyncIterable<Piece>
): AsyncGenerator<Piece> {
  const pieces = begin()[Symbol.asyncIterator]()
  const end = performance.now() + total
  try {
    for (;;) {
      const left = end - performance.now()
      const [phase, time] = left < idle ? (["total", left] as const) : (["idle", idle] as const)
      const late = () => new ModelError({ provider, reason: { kind: "timed_out", phase } })
      const step = await within(pieces.next(), Math.max(0, time), late)
      if (step.done === true) return
      yield step.value
    }
  } finally {
    void pieces.return?.()?.catch(() => {})
  }
}

const within = async <A>(work: Promise<A>, time: number, late: () => Error): Promise<A> => {
  const clock = Promise.withResolvers<never>()
  const timer = setTimeout(() => clock.reject(late()), Math.min(time, 2 ** 31 - 1))
  try {
    return await Promise.race([work, clock.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function* reply(model: string, pieces: AsyncIterable<Piece>): AsyncGenerator<ModelEvent> {
  const content: Array<AssistantMessage["content"][number]> = []
  for await (const piece of pieces) {
    const event = eventOf(checkPiece(piece))
    if (event.type === "text") say(content, event.delta)
    if (typeof piece === "object" && piece.type === "call") content.push(piece)
    yield event
    if (event.type === "finished") return
  }
  const finishReason = content.some(({ type }) => type === "call") ? "calls" : "stop"
  yield { type: "finished", message: { role: "assistant", model, content }, finishReason }
}

const eventOf = (piece: Piece): ModelEvent => {
  if (typeof piece === "string") return { type: "text", delta: piece }
  return piece.type === "call" ? { type: "call.started", id: piece.id, name: piece.name } : piece
}

const say = (content: Array<AssistantMessage["content"][number]>, delta: string): void => {
  const last = content.at(-1)
  if (last?.type === "text") content.splice(-1, 1, { ...last, text: last.text + delta })
  else if (delta !== "") content.push({ type: "text", text: delta })
}

const failure = (provider: string, error: unknown): ModelError =>
  error instanceof ModelError
    ? error
    : new ModelError({
        provider,
        reason: { kind: "unavailable" },
        detail: error instanceof Error ? error.message : String(error)
      })

/** Another model answers when the first one cannot. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ModelError } from "./model-error.ts"
import type { Model, ModelEvent, ModelRequest } from "./model.ts"

/** Failures of one model that another may not share. A refused request is refused everywhere. */
const helped: ReadonlySet<ModelError["reason"]["kind"]> = new Set([
  "rate_limited",
  "quota_exceeded",
  "unauthorized",
  "not_found",
  "unavailable",
  "timed_out",
  "truncated",
  "not_configured"
])

/** Milliseconds a model that failed is asked last: not every step of a task should wait for a dead provider anew. */
const rest = 60_000

type Candidates = readonly [Model, ...ReadonlyArray<Model>]

interface Failed {
  readonly model: Model
  readonly error: ModelError
}

/**
 * Tries the models in order, each of which does its own retries. A change is told by `retrying`, which voids what was
 * streamed so far; `finished.message.model` tells who answered. A conversation that is too long for one model goes on
 * only with one whose window is known to be larger. When all fail, the last failure is told with those before it.
 *
 * Id and limits are those of the first model.
 */
export const withFallback = (models: Candidates): Model => {
  const restingUntil = new Map<Model, number>()

  const attempt = (
    request: ModelRequest,
    [model, ...others]: Candidates,
    failed: ReadonlyArray<Failed>
  ): Stream.Stream<ModelEvent, ModelError> =>
    model.respond(request).pipe(
      Stream.catch((error) => {
        const trail = [...failed, { model, error }]
        const [next, ...later] = others.filter((other) => helps(other, model, error))
        if (next === undefined) return Stream.fail(summary(trail))
        const told: ModelEvent = {
          type: "retrying",
          attempt: trail.length,
          delay: 0,
          reason: `${error.message}; going on with ${next.id}`
        }
        return Stream.fromEffectDrain(note(model, error)).pipe(
          Stream.concat(Stream.succeed(told)),
          Stream.concat(Stream.suspend(() => attempt(request, [next, ...later], trail)))
        )
      })
    )

  const note = (model: Model, { reason }: ModelError) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (reason.kind !== "context_overflow") restingUntil.set(model, now + rest)
    })

  const inOrder = (now: number): Candidates => {
    const rests = (model: Model) => (restingUntil.get(model) ?? 0) > now
    const [first = models[0], ...others] = [...models.filter((model) => !rests(model)), ...models.filter(rests)]
    return [first, ...others]
  }

  return {
    ...models[0],
    respond: (request) =>
      Stream.unwrap(Effect.map(Clock.currentTimeMillis, (now) => attempt(request, inOrder(now), [])))
  }
}

const helps = (other: Model, model: Model, { reason }: ModelError): boolean => {
  if (reason.kind !== "context_overflow") return helped.has(reason.kind)
  return (other.info.contextWindow ?? 0) > (model.info.contextWindow ?? Infinity)
}

const summary = (failed: ReadonlyArray<Failed>): ModelError => {
  const { error } = failed.at(-1)!
  if (failed.length === 1) return error
  const before = failed.slice(0, -1).map(({ error: { message } }) => message)
  return new ModelError({
    provider: error.provider,
    reason: error.reason,
    variables: error.variables,
    detail: [error.detail, ...before.map((message) => `before that: ${message}`)]
      .filter((part) => part !== undefined)
      .join("; ")
  })
}

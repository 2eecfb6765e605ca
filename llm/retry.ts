/** The only retry loop for models: SDKs and adapters make one attempt and say why it failed. */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { ModelError } from "./model-error.ts"
import type { Model, ModelEvent, ModelRequest } from "./model.ts"

export interface RetryOptions {
  /** Attempts after the first; 0: none. */
  readonly maxRetries: number
}

/** Milliseconds. */
const firstDelay = 500
const longestDelay = 8_000
/** A server may ask us to wait this long; a person should decide about more. */
const longestServerDelay = 60_000

/**
 * Repeats an attempt that failed with a retryable error, after the time the server asked for, else after 0.5 s doubled
 * each time up to 8 s, less up to a quarter by chance. Each repetition is told by `retrying` (`attempt` counts from 1)
 * before the wait, and voids what was streamed so far. Interrupting the stream ends a wait at once.
 */
export const withRetry = (model: Model, { maxRetries }: RetryOptions): Model => {
  const attempt = (request: ModelRequest, left: number): Stream.Stream<ModelEvent, ModelError> =>
    model.respond(request).pipe(
      Stream.catch((error) => {
        if (left <= 0 || !error.retryable) return Stream.fail(error)
        const asked = serverDelay(error)
        if (asked !== undefined && asked > longestServerDelay) return Stream.fail(tooLong(error, asked))
        return waitThen(error, asked, maxRetries - left + 1, () => attempt(request, left - 1))
      })
    )
  return { ...model, respond: (request) => attempt(request, maxRetries) }
}

const serverDelay = ({ reason }: ModelError): number | undefined =>
  "retryAfter" in reason ? reason.retryAfter : undefined

const tooLong = (error: ModelError, asked: number): ModelError => {
  const told = `it asks to wait ${Math.ceil(asked / 1000)} s, and more than ${longestServerDelay / 1000} s are not waited for`
  return new ModelError({
    provider: error.provider,
    reason: error.reason,
    variables: error.variables,
    detail: error.detail === undefined ? told : `${error.detail}; ${told}`
  })
}

const waitThen = (
  error: ModelError,
  asked: number | undefined,
  attempt: number,
  next: () => Stream.Stream<ModelEvent, ModelError>
): Stream.Stream<ModelEvent, ModelError> =>
  Stream.unwrap(
    Effect.map(Random.nextBetween(0.75, 1), (share) => {
      const delay = asked ?? Math.round(Math.min(longestDelay, firstDelay * 2 ** (attempt - 1)) * share)
      const told: ModelEvent = { type: "retrying", attempt, delay, reason: error.message }
      return Stream.succeed(told).pipe(
        Stream.concat(Stream.fromEffectDrain(Effect.sleep(delay))),
        Stream.concat(Stream.suspend(next))
      )
    })
  )

/** The only retry loop for models: SDKs and adapters make one attempt and say why it failed. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { type Cooldowns, cooldowns as newCooldowns, serverDelay } from "./cooldown.ts"
import { type ModelError, retold } from "./model-error.ts"
import type { Model, ModelEvent, ModelRequest } from "./model.ts"

export interface RetryOptions {
  /** Attempts after the first; 0: none. */
  readonly maxRetries: number
  /** Shared by all who ask the same models: a delay that a server asked of one is obeyed by all. Default: nobody else. */
  readonly cooldowns?: Cooldowns
  /** Milliseconds that a server may ask us to wait; a longer wait is a failure. Default: a minute. */
  readonly patience?: number
}

/** Milliseconds. */
const firstDelay = 500
const longestDelay = 8_000
/** A server may ask us to wait this long; a person should decide about more. */
export const longestServerDelay = 60_000

/**
 * Repeats an attempt that failed with a retryable error, after the time the server asked for, else after 0.5 s doubled
 * each time up to 8 s, less up to a quarter by chance. Each repetition is told by `retrying` (`attempt` counts from 1)
 * before the wait, and voids what was streamed so far. Interrupting the stream ends a wait at once.
 */
export const withRetry = (model: Model, { cooldowns = newCooldowns(), ...options }: RetryOptions): Model => ({
  ...model,
  respond: (request) => respondTo(request, model, { cooldowns, ...options })
})

/** One request, with its repetitions. */
export const respondTo = (
  request: ModelRequest,
  model: Model,
  { maxRetries, cooldowns, patience = longestServerDelay }: RetryOptions & { readonly cooldowns: Cooldowns }
): Stream.Stream<ModelEvent, ModelError> => {
  /** Not before the time that the server named to anybody. */
  const attempt = (number: number): Stream.Stream<ModelEvent, ModelError> =>
    now((time) => {
      const rest = cooldowns.of(model.id, time)
      const wait = rest?.asked === true ? rest.until - time : 0
      // Who asks after more than a minute was asked for has been told so, and wants it all the same.
      if (rest === undefined || wait === 0 || wait > longestServerDelay) return send(number)
      if (wait > patience) return Stream.fail(rest.error)
      return waitThen({ attempt: Math.max(1, number), delay: wait, reason: rest.error.what }, () => attempt(number))
    })

  const send = (number: number) =>
    model.respond(request).pipe(Stream.catch((error) => now((time) => goOn(number, error, time))))

  const goOn = (number: number, error: ModelError, time: number): Stream.Stream<ModelEvent, ModelError> => {
    cooldowns.obey(model.id, error, time)
    const asked = serverDelay(error)
    if (number >= maxRetries || !error.retryable) return Stream.fail(error)
    if (asked !== undefined && asked > patience) return Stream.fail(tooLong(error, asked, patience))
    const next = (delay: number) =>
      waitThen({ attempt: number + 1, delay, reason: error.what, ...took(error) }, () => attempt(number + 1))
    return asked === undefined ? Stream.unwrap(Effect.map(backOff(number), next)) : next(asked)
  }

  return attempt(0)
}

const now = (then: (time: number) => Stream.Stream<ModelEvent, ModelError>): Stream.Stream<ModelEvent, ModelError> =>
  Stream.unwrap(Effect.map(Clock.currentTimeMillis, then))

const tooLong = (error: ModelError, asked: number, patience: number): ModelError => {
  const told = `it asks to wait ${Math.ceil(asked / 1000)} s, and more than ${patience / 1000} s are not waited for`
  return retold(error, { detail: error.detail === undefined ? told : `${error.detail}; ${told}` })
}

export const took = ({ took: taken }: ModelError): Pick<Extract<ModelEvent, { type: "retrying" }>, "took"> =>
  taken === undefined ? {} : { took: taken }

/** @param before Repetitions before this one. */
const backOff = (before: number): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.75, 1), (share) =>
    Math.round(Math.min(longestDelay, firstDelay * 2 ** before) * share)
  )

const waitThen = (
  told: Omit<Extract<ModelEvent, { type: "retrying" }>, "type">,
  next: () => Stream.Stream<ModelEvent, ModelError>
): Stream.Stream<ModelEvent, ModelError> =>
  Stream.succeed<ModelEvent>({ type: "retrying", ...told }).pipe(
    Stream.concat(Stream.fromEffectDrain(Effect.sleep(told.delay))),
    Stream.concat(Stream.suspend(next))
  )

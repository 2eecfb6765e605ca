/** Another model answers when the first one cannot. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Cooldowns, cooldowns as newCooldowns } from "./cooldown.ts"
import { ModelError, type ModelErrorReason, retold } from "./model-error.ts"
import type { Model, ModelEvent, ModelRequest } from "./model.ts"
import { longestServerDelay, respondTo, type RetryOptions, took } from "./retry.ts"

/** Kinds of failure that may have models of their own. */
export type FailureKind = "rate_limit" | "overload" | "context_overflow" | "refusal"

export interface Chain {
  readonly first: Model
  /** Asked in order after a failure that another model may not share. */
  readonly others: ReadonlyArray<Model>
  /** Asked before those after one kind of failure. A refusal is taken to nobody else. */
  readonly on?: Readonly<Partial<Record<FailureKind, ReadonlyArray<Model>>>>
}

const kindOf: Readonly<Record<ModelErrorReason["kind"], FailureKind | "other" | "nobody">> = {
  rate_limited: "rate_limit",
  quota_exceeded: "rate_limit",
  unavailable: "overload",
  timed_out: "overload",
  truncated: "overload",
  context_overflow: "context_overflow",
  filtered: "refusal",
  unauthorized: "other",
  not_found: "other",
  not_configured: "other",
  // The request is wrong as it stands, and would be everywhere.
  refused: "nobody"
}

/** Milliseconds that a server may ask for while another model could answer at once. */
const shortPatience = 8_000

interface Failed {
  readonly model: Model
  readonly error: ModelError
}

/**
 * Asks the models of a chain until one answers, each with its retries. A change is told by `retrying`, which voids what was
 * streamed so far; `finished.message.model` tells who answered. A model that failed is asked last for a while. When
 * every other has failed, one whose server asked for a wait of up to a minute is waited for. A conversation that is too
 * long for one model goes on only with one whose window is known to be larger, or with those named for it. When all fail,
 * the last failure is told with those before it.
 *
 * Id and limits are those of the first model.
 */
export const withFallback = (
  { first, others, on = {} }: Chain,
  { maxRetries, cooldowns = newCooldowns() }: Omit<RetryOptions, "patience">
): Model => {
  const namedFor = (error: ModelError | undefined): ReadonlyArray<Model> => {
    const kind = error === undefined ? "nobody" : kindOf[error.reason.kind]
    return kind === "nobody" || kind === "other" ? [] : (on[kind] ?? [])
  }

  /** Who may answer after these failures, in order. */
  const candidates = (failed: ReadonlyArray<Failed>, now: number): ReadonlyArray<Model> => {
    const last = failed.at(-1)
    const named = namedFor(last?.error ?? cooldowns.of(first.id, now)?.error)
    const able = [first, ...others].filter((other) => last === undefined || helps(other, last))
    return [...new Set([...(last === undefined ? [first] : []), ...named, ...able])].filter(
      (model) => !failed.some((earlier) => earlier.model === model)
    )
  }

  const attempt = (
    request: ModelRequest,
    model: Model,
    failed: ReadonlyArray<Failed>,
    patience: number
  ): Stream.Stream<ModelEvent, ModelError> =>
    respondTo(request, model, { maxRetries, cooldowns, patience }).pipe(
      (events) => (namedFor(withheldBy(model)).length === 0 ? events : failingWhenWithheld(events, model)),
      Stream.tap((event) =>
        event.type === "finished" ? Effect.sync(() => cooldowns.answered(model.id)) : Effect.void
      ),
      Stream.catch((error) => goOn(request, [...failed, { model, error }]))
    )

  const goOn = (request: ModelRequest, failed: ReadonlyArray<Failed>): Stream.Stream<ModelEvent, ModelError> =>
    Stream.unwrap(
      Effect.map(Clock.currentTimeMillis, (now) => {
        const { model, error } = failed.at(-1)!
        cooldowns.avoid(model.id, error, now)
        const next = choose(cooldowns, candidates(failed, now), failed, now)
        if (next === undefined) return Stream.fail(summary(failed))
        const reason = `${error.what}; going on with ${next.model.id}`
        const told: ModelEvent = { type: "retrying", attempt: failed.length, delay: 0, reason, ...took(error) }
        return Stream.succeed(told).pipe(
          Stream.concat(Stream.suspend(() => attempt(request, next.model, failed, next.patience)))
        )
      })
    )

  return {
    ...first,
    respond: (request) =>
      Stream.unwrap(
        Effect.map(Clock.currentTimeMillis, (now) => {
          const begin = choose(cooldowns, candidates([], now), [], now)
          return attempt(request, begin?.model ?? first, [], begin?.patience ?? longestServerDelay)
        })
      )
  }
}

interface Choice {
  readonly model: Model
  readonly patience: number
}

/**
 * The first that does not rest, else the first that rests by our own decision, else, once, the one whose server can be asked
 * again the soonest, untried or not.
 */
const choose = (
  cooldowns: Cooldowns,
  untried: ReadonlyArray<Model>,
  failed: ReadonlyArray<Failed>,
  now: number
): Choice | undefined => {
  const restOf = (model: Model) => cooldowns.of(model.id, now)
  const ready =
    untried.find((model) => restOf(model) === undefined) ?? untried.find((model) => restOf(model)?.asked === false)
  if (ready !== undefined) return { model: ready, patience: shortPatience }
  const tries = (model: Model) => failed.filter((earlier) => earlier.model === model).length
  const waits = [...new Set([...untried, ...failed.map(({ model }) => model)])].flatMap((model) => {
    const rest = restOf(model)
    const wait = rest?.asked === true && tries(model) < 2 ? rest.until - now : Infinity
    return wait <= longestServerDelay ? [{ model, wait }] : []
  })
  const [soonest] = waits.toSorted((one, other) => one.wait - other.wait)
  return soonest === undefined ? undefined : { model: soonest.model, patience: longestServerDelay }
}

const helps = (other: Model, { model, error: { reason } }: Failed): boolean => {
  const kind = kindOf[reason.kind]
  if (kind === "context_overflow") return (other.info.contextWindow ?? 0) > (model.info.contextWindow ?? Infinity)
  return kind !== "nobody" && kind !== "refusal"
}

const withheldBy = ({ id }: Model): ModelError => new ModelError({ provider: id, reason: { kind: "filtered" } })

/** A reply that the provider withheld is a failure where somebody else may be asked. */
const failingWhenWithheld = (
  events: Stream.Stream<ModelEvent, ModelError>,
  model: Model
): Stream.Stream<ModelEvent, ModelError> =>
  Stream.mapEffect(events, (event) =>
    event.type === "finished" && event.finishReason === "filtered"
      ? Effect.fail(retold(withheldBy(model), { took: { model: model.id, usage: event.usage, cost: event.cost } }))
      : Effect.succeed(event)
  )

const summary = (failed: ReadonlyArray<Failed>): ModelError => {
  const { error } = failed.at(-1)!
  if (failed.length === 1) return error
  const before = failed.slice(0, -1).map(({ error: { what } }) => what)
  const parts = [error.detail, ...before.map((what) => `before that: ${what}`)]
  return retold(error, { detail: parts.filter((part) => part !== undefined).join("; ") })
}

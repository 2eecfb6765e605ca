/** Models that failed a moment ago, and how long each is left alone by all requests that know of it. */
import type { ModelError } from "./model-error.ts"

export interface Rest {
  /** Milliseconds since the Unix epoch. */
  readonly until: number
  /** Why. */
  readonly error: ModelError
  /** Its server asked for it: no request goes there before, and not only those that have a choice. */
  readonly asked: boolean
}

export interface Cooldowns {
  readonly of: (model: string, now: number) => Rest | undefined
  /** Obeys the server when it said how long; nothing begins when it said “at once”, or did not say. */
  readonly obey: (model: string, error: ModelError, now: number) => void
  /** For a model that has failed for good: not every step of a task should wait for a dead provider anew. */
  readonly avoid: (model: string, error: ModelError, now: number) => void
  /** It works again; what its server asked for stands until its time. */
  readonly answered: (model: string) => void
}

/** Milliseconds. */
const rest = 60_000

/** What is wrong with one conversation says nothing of the next. */
const passing: ReadonlySet<ModelError["reason"]["kind"]> = new Set(["context_overflow", "refused", "filtered"])

export const cooldowns = (): Cooldowns => {
  const rests = new Map<string, Rest>()
  /** What a server asked for stands, whatever happens to requests that were on their way. */
  const begin = (model: string, rest: Rest): void => {
    const before = rests.get(model)
    const isShorter = before !== undefined && before.asked && (!rest.asked || before.until > rest.until)
    if (!isShorter) rests.set(model, rest)
  }
  const current = (model: string, now: number): Rest | undefined => {
    const found = rests.get(model)
    if (found !== undefined && found.until <= now) rests.delete(model)
    return rests.get(model)
  }
  const obey: Cooldowns["obey"] = (model, error, now) => {
    current(model, now)
    const delay = serverDelay(error)
    if (delay !== undefined && delay > 0) begin(model, { until: now + delay, error, asked: true })
  }
  return {
    of: current,
    obey,
    avoid: (model, error, now) => {
      obey(model, error, now)
      if (!passing.has(error.reason.kind) && serverDelay(error) === undefined)
        begin(model, { until: now + rest, error, asked: false })
    },
    answered: (model) => {
      if (rests.get(model)?.asked === false) rests.delete(model)
    }
  }
}

/** Milliseconds that the server asked to wait; `undefined` when it did not say. */
export const serverDelay = ({ reason }: ModelError): number | undefined =>
  "retryAfter" in reason ? reason.retryAfter : undefined

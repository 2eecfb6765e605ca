/** How long to wait before a restart: exponential with full jitter, forgotten after a quiet time. */

export interface Backoff {
  /** Milliseconds; the n-th restart in a row waits a random time between 0 and `base * 2^(n-2)`; the first does not wait. Default 100. */
  readonly base: number
  /** Milliseconds, never more. Default 30,000. */
  readonly cap: number
  /** Milliseconds without a failure after which the next failure is a first one again. Default 60,000. */
  readonly quiet: number
}

export const defaultBackoff: Backoff = { base: 100, cap: 30_000, quiet: 60_000 }

/** Failures in a row, and when the last of them was, in milliseconds of a monotonic clock. */
export interface Streak {
  readonly length: number
  readonly at: number
}

/** The streak with one failure more, `now`. */
export const lengthen = (streak: Streak | undefined, now: number, { quiet }: Backoff): Streak => ({
  length: streak === undefined || now - streak.at >= quiet ? 1 : streak.length + 1,
  at: now
})

/** Milliseconds to wait after the streak's last failure; `random` is between 0 and 1. */
export const delayOf = ({ length }: Streak, random: number, { base, cap }: Backoff): number =>
  length <= 1 ? 0 : Math.floor(random * Math.min(cap, base * 2 ** (length - 2)))

/** A circuit breaker: after failures in a row it refuses calls at once, and after a while lets one through to see. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

export interface BreakerOptions {
  /** What it guards, for messages. */
  readonly name: string
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number
  /** Milliseconds that it stays open before one call may try. Default 30,000. */
  readonly openFor?: number
}

/** The call was not made. */
export class BreakerOpen extends Data.TaggedError("BreakerOpen")<{
  readonly name: string
  readonly message: string
  /** Milliseconds until the next call may try; 0 when one is trying now. */
  readonly retryIn: number
}> {}

export interface BreakerView {
  /** `open` until a call has come and been let through, however long that takes. */
  readonly state: "closed" | "open" | "half_open"
  /** In a row, since the last success. */
  readonly failures: number
  /** Of an open one: when the next call may try, milliseconds since the Unix epoch. */
  readonly retryAt?: number
}

export interface Breaker {
  /**
   * Makes the call, or fails with `BreakerOpen` at once. Typed failures, defects and successes that `isFailure` counts as
   * such are failures; an interruption is neither failure nor success and leaves its place to the next.
   */
  readonly protect: <A, E, R>(
    call: Effect.Effect<A, E, R>,
    isFailure?: (value: A) => boolean
  ) => Effect.Effect<A, E | BreakerOpen, R>
  readonly view: () => BreakerView
  /** Closes it, for a repaired or restarted tool; calls under way no longer count. */
  readonly reset: () => void
}

/** What became of a call. */
export type Verdict = "succeeded" | "failed" | "released"

/** Times in milliseconds of a monotonic clock. `era` grows with each change of state: what was let in before no longer counts. */
export type BreakerState =
  | { readonly state: "closed"; readonly era: number; readonly failures: number }
  | { readonly state: "open"; readonly era: number; readonly failures: number; readonly until: number }
  | { readonly state: "half_open"; readonly era: number; readonly failures: number; readonly isTrying: boolean }

export const closed: BreakerState = { state: "closed", era: 0, failures: 0 }

/** The state after a call has asked to be let in, and whether it is. */
export const admit = (now: BreakerState, time: number): { readonly next: BreakerState; readonly isIn: boolean } => {
  if (now.state === "closed") return { next: now, isIn: true }
  if (now.state === "half_open") return { next: { ...now, isTrying: true }, isIn: !now.isTrying }
  if (time < now.until) return { next: now, isIn: false }
  return { next: { state: "half_open", era: now.era + 1, failures: now.failures, isTrying: true }, isIn: true }
}

/** The state after a call that was let in during `era` has ended. */
export const settle = (
  now: BreakerState,
  era: number,
  verdict: Verdict,
  time: number,
  limits: { readonly failures: number; readonly openFor: number }
): BreakerState => {
  if (era !== now.era || now.state === "open") return now
  if (verdict === "released") return now.state === "half_open" ? { ...now, isTrying: false } : now
  if (verdict === "succeeded") {
    return { state: "closed", era: now.state === "closed" ? now.era : now.era + 1, failures: 0 }
  }
  const failures = now.failures + 1
  return now.state === "half_open" || failures >= limits.failures
    ? { state: "open", era: now.era + 1, failures, until: time + limits.openFor }
    : { ...now, failures }
}

export const makeBreaker = ({ name, failures = 5, openFor = 30_000 }: BreakerOptions): Breaker => {
  let now: BreakerState = closed
  let retryAt = 0
  const enter = (clock: Clock.Clock) => {
    const time = monotonic(clock)
    const { next, isIn } = admit(now, time)
    now = next
    return isIn ? Effect.succeed(now.era) : Effect.fail(refusal(name, now, time))
  }
  const leave = (clock: Clock.Clock, era: number, verdict: Verdict) => {
    const next = settle(now, era, verdict, monotonic(clock), { failures, openFor })
    if (next !== now && next.state === "open") retryAt = clock.currentTimeMillisUnsafe() + openFor
    now = next
  }
  return {
    protect: (call, isFailure = () => false) =>
      Clock.clockWith((clock) =>
        Effect.acquireUseRelease(
          Effect.suspend(() => enter(clock)),
          () => call,
          (era, exit) => Effect.sync(() => leave(clock, era, verdictOf(exit, isFailure)))
        )
      ),
    view: () => ({ state: now.state, failures: now.failures, ...(now.state === "open" && { retryAt }) }),
    reset: () => {
      now = { ...closed, era: now.era + 1 }
    }
  }
}

const verdictOf = <A, E>(exit: Exit.Exit<A, E>, isFailure: (value: A) => boolean): Verdict => {
  if (Exit.isFailure(exit)) return Cause.hasInterruptsOnly(exit.cause) ? "released" : "failed"
  try {
    return isFailure(exit.value) ? "failed" : "succeeded"
  } catch {
    // A judge that breaks must not keep the one probe's place for ever.
    return "failed"
  }
}

const refusal = (name: string, now: BreakerState, time: number): BreakerOpen => {
  const retryIn = now.state === "open" ? Math.max(0, now.until - time) : 0
  const when =
    now.state === "open"
      ? `try again in ${Math.ceil(retryIn / 1000)} s`
      : "a first call is trying it now; wait for its answer"
  return new BreakerOpen({ name, retryIn, message: `${name} failed ${now.failures} times in a row and rests: ${when}` })
}

const monotonic = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)

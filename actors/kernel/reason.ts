/** Why an actor ended, and what that means to those who watch it. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"

export type Reason =
  /** Its life came to its end by itself. */
  | { readonly kind: "normal" }
  /** It was told to stop, or ended itself with `Shutdown`: nobody is to blame. */
  | { readonly kind: "shutdown" }
  /** It was told to stop and did not in its time, or was not asked at all. */
  | { readonly kind: "killed" }
  /** It could not start: its `start` failed, died, or took longer than `startWithin`. */
  | { readonly kind: "start_failed"; readonly error: unknown }
  /** Its code failed. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** An actor it is linked to ended abnormally. */
  | { readonly kind: "linked"; readonly to: string; readonly reason: Reason }
  /** A supervisor whose children failed more often than its budget allows; `causes` are what filled it, oldest first. */
  | {
      readonly kind: "exhausted"
      readonly supervisor: string
      readonly budget: Budget
      readonly causes: ReadonlyArray<{ readonly child: string; readonly reason: Reason }>
    }

/** So many restarts within so many seconds are borne; one more is too many. */
export interface Budget {
  readonly max: number
  readonly seconds: number
}

/** The failure with which a life ends itself without blame. */
export class Shutdown {
  readonly _tag = "Shutdown"
}

/** The failure with which a life ends itself for a reason that is already one: a link's end, a supervisor's exhaustion. */
export class Ending {
  readonly _tag = "Ending"
  readonly reason: Reason
  constructor(reason: Reason) {
    this.reason = reason
  }
}

/** The failure of a life that ended because another did. */
export class LinkedEnd extends Error {
  override readonly name = "LinkedEnd"
  readonly to: string
  readonly reason: Reason
  constructor(to: string, reason: Reason) {
    super(explain({ kind: "linked", to, reason }))
    this.to = to
    this.reason = reason
  }
}

/** A transient child is restarted after these, and links carry these on. */
export const isAbnormal = ({ kind }: Reason): boolean => kind !== "normal" && kind !== "shutdown"

/** An interruption is a stop, never a failure: it does not count towards any budget. */
export const reasonOf = (exit: Exit.Exit<unknown, unknown>): Reason => {
  if (Exit.isSuccess(exit)) return { kind: "normal" }
  if (Cause.hasInterruptsOnly(exit.cause)) return { kind: "shutdown" }
  const error = Cause.squash(exit.cause)
  if (error instanceof Shutdown) return { kind: "shutdown" }
  if (error instanceof LinkedEnd) return { kind: "linked", to: error.to, reason: error.reason }
  return error instanceof Ending ? error.reason : { kind: "failed", error }
}

/** The chain of causes in one line, outermost first. */
export const explain = (reason: Reason): string => {
  switch (reason.kind) {
    case "start_failed":
      return `could not start: ${messageOf(reason.error)}`
    case "failed":
      return messageOf(reason.error)
    case "linked":
      return `${reason.to}, which it is linked to, ended: ${explain(reason.reason)}`
    case "exhausted": {
      const last = reason.causes.at(-1)
      const { max, seconds } = reason.budget
      const newest = last === undefined ? "" : `; last ${last.child}: ${explain(last.reason)}`
      return `more than ${max} restarts in ${seconds} s${newest}`
    }
    default:
      return reason.kind
  }
}

const messageOf = (error: unknown): string => {
  try {
    return error instanceof Error ? error.message || error.name : String(error)
  } catch {
    return "an error that cannot be shown"
  }
}

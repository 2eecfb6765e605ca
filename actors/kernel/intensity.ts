/** The restart intensity: how many restarts lie within the period, and which failures made them necessary. */
import type { Budget, Reason } from "./reason.ts"

/** A failure that asked for a restart; `at` in milliseconds of a monotonic clock. */
export interface Failure {
  readonly child: string
  readonly reason: Reason
  readonly at: number
}

/** Notes a failure and forgets those that are older than the period. @returns whether it was one too many. */
export const exceeds = (failures: Array<Failure>, failure: Failure, budget: Budget): boolean => {
  forget(failures, failure.at, budget)
  failures.push(failure)
  return failures.length > budget.max
}

/** How many failures, of one child or of all, lie within the period before `now`. */
export const within = (failures: ReadonlyArray<Failure>, now: number, budget: Budget, child?: string): number =>
  failures.filter((failure) => isWithin(failure, now, budget) && (child === undefined || failure.child === child))
    .length

const forget = (failures: Array<Failure>, now: number, budget: Budget): void => {
  const kept = failures.findIndex((failure) => isWithin(failure, now, budget))
  failures.splice(0, kept === -1 ? failures.length : kept)
}

/** A failure exactly one period ago still counts, as in OTP. */
const isWithin = ({ at }: Failure, now: number, { seconds }: Budget): boolean => now - at <= seconds * 1000

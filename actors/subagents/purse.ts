/** What a user's session and all agents below it spend while they work side by side: one limit holds for all of them. */
import type { Failure, Limits, Spent } from "../../machines/events.ts"
import { nothingSpent, overspent, together } from "../../machines/spending.ts"

export interface Purse {
  /**
   * Somebody begins to spend. @param spent Theirs so far, with what ended agents below them have spent.
   * @returns called just before it is paid by the one that they work for.
   */
  readonly join: (spent: () => Spent) => () => void
  /** Why nobody may ask anything more; `undefined` while somebody may. */
  readonly empty: () => Failure | undefined
}

export const purseOf = (limits: Limits): Purse => {
  const spending = new Set<() => Spent>()
  return {
    join: (spent) => {
      spending.add(spent)
      return () => void spending.delete(spent)
    },
    empty: () => {
      // One alone is looked after by its own machine.
      if (spending.size < 2 || (limits.maxCost ?? limits.maxTokens) === undefined) return undefined
      const all = Array.from(spending, (spent) => spent()).reduce(together, nothingSpent)
      return overspent(limits, all, {})
    }
  }
}

/** What the steps of a plan have spent, and whether there is anything left. */
import type { AgentResult } from "kintsugi/plugin"

export interface Budget {
  /** US dollars. */
  readonly usd?: number | undefined
  readonly tokens?: number | undefined
}

export interface Purse {
  readonly pay: (result: Pick<AgentResult, "cost" | "tokens">) => void
  /** @returns why nothing more may be begun. */
  readonly empty: () => string | undefined
  /** For people. */
  readonly spent: () => string
}

export const purse = ({ usd, tokens }: Budget): Purse => {
  let [paid, used, isKnown] = [0, 0, true]
  return {
    pay: (result) => {
      used += result.tokens
      if (result.cost === undefined) isKnown = false
      else paid += result.cost
    },
    empty: () => {
      if (tokens !== undefined && used >= tokens) return `the budget of ${tokens} tokens is used up (${used})`
      if (usd === undefined) return undefined
      // What costs an unknown sum cannot be kept within one.
      if (!isKnown)
        return "what the model costs is not known, so a budget in dollars cannot be kept; give one in tokens"
      return paid >= usd ? `the budget of $${usd} is used up ($${paid.toFixed(4)})` : undefined
    },
    spent: () => `${used} tokens, ${isKnown ? `$${paid.toFixed(4)}` : "cost unknown"}`
  }
}

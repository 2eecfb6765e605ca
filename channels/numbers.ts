/** Numbers as people read them at a glance. */
import type { Spent } from "../machines/events.ts"
import { leastCost } from "../machines/spending.ts"

/** `0.4s`, `12s`, `3m 05s`, `1h 02m`. */
export const elapsed = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 1) return `${seconds.toFixed(1)}s`
  if (seconds < 60) return `${Math.floor(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(Math.floor(seconds % 60)).padStart(2, "0")}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`
}

/** `834`, `12.3k`, `1.2M`. */
export const tokens = (count: number): string => {
  if (count < 1000) return String(count)
  if (count < 999_950) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0).replace(/\.0$/, "")}k`
  return `${(count / 1e6).toFixed(1).replace(/\.0$/, "")}M`
}

/** US dollars; small amounts keep the digits that make them differ from nothing. */
export const dollars = (cost: number): string => {
  if (cost === 0) return "$0.00"
  if (cost < 0.0001) return "<$0.0001"
  return `$${cost.toFixed(cost < 0.1 ? 4 : 2)}`
}

/** What was spent, as far as it is known: `$0.42`, `at least $0.42`, `cost unknown`. Never less than it may have been. */
export const costWords = (spent: Spent): string => {
  if (spent.cost !== undefined) return dollars(spent.cost)
  const least = leastCost(spent)
  return least > 0 ? `at least ${dollars(least)}` : "cost unknown"
}

/** `now`, `5 min ago`, `3 h ago`, `2 days ago`. */
export const ago = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return "now"
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  return days === 1 ? "1 day ago" : `${days} days ago`
}

/** What a client says of a very long session, of which it was not given all; nothing where it was. */
export const omittedWords = (messages = 0): ReadonlyArray<string> => {
  if (messages === 0) return []
  return [messages === 1 ? "1 earlier message is not shown" : `${messages} earlier messages are not shown`]
}

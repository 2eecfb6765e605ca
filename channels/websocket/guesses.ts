/**
 * Wrong keys, by address: who shows too many different ones is not listened to for a while, and longer each time. One wrong
 * key again and again is no guessing but a page that was left open, and counts once.
 */
import { createHmac, randomBytes } from "node:crypto"
import type { Limits } from "./limits.ts"

export interface Guesses {
  /** Milliseconds until keys from this address are looked at again; 0: now. */
  readonly wait: (address: string) => number
  readonly wrong: (address: string, key: string) => void
}

interface Trace {
  readonly keys: Set<string>
  /** When the address may try again, and how often it was locked out in a row. */
  until: number
  strikes: number
  seen: number
}

/** Doublings at most: from a minute to a quarter of an hour. */
const mostStrikes = 5

/** Addresses remembered; the oldest is forgotten for the next. */
const most = 10_000

export const guesses = ({ wrongKeys, lockout }: Pick<Limits, "wrongKeys" | "lockout">, now = Date.now): Guesses => {
  const secret = randomBytes(32)
  const records = new Map<string, Trace>()
  /** Whoever was quiet for long begins anew. */
  const recordOf = (address: string): Trace | undefined => {
    const record = records.get(address)
    if (record === undefined || now() < Math.max(record.until, record.seen) + lockout * 2 ** mostStrikes) return record
    records.delete(address)
    return undefined
  }
  const newRecord = (address: string): Trace => {
    const [oldest] = records.keys()
    if (records.size >= most && oldest !== undefined) records.delete(oldest)
    const record = { keys: new Set<string>(), until: 0, strikes: 0, seen: 0 }
    records.set(address, record)
    return record
  }
  return {
    wait: (address) => Math.max(0, (recordOf(address)?.until ?? 0) - now()),
    wrong: (address, key) => {
      const record = recordOf(address) ?? newRecord(address)
      record.seen = now()
      record.keys.add(createHmac("sha256", secret).update(key).digest("base64"))
      if (record.keys.size < wrongKeys) return
      record.keys.clear()
      record.strikes = Math.min(record.strikes + 1, mostStrikes)
      record.until = now() + lockout * 2 ** (record.strikes - 1)
    }
  }
}

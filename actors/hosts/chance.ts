/**
 * Clock and chance of a trial's place: the same at every try of the same call. Timers are real.
 *
 * The clock stands where the call began; only who reads it a thousand times sees it advance by a millisecond, so that a
 * loop that waits for it comes to its end.
 */
import crypto from "node:crypto"

export interface Chance {
  /** @param at Milliseconds since the Unix epoch. */
  readonly begin: (at: number) => void
}

const readsPerMillisecond = 1000

export const tame = (): Chance => {
  let at = 0
  let reads = 0
  let state = 0
  const since = () => Math.floor(++reads / readsPerMillisecond)
  /** 32 bits; mulberry32, which is public domain. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const random = () => next() / 2 ** 32
  stopClock(() => at + since(), since)
  loadDice(random)
  return {
    begin: (start) => {
      at = start
      reads = 0
      state = 0x5eed
    }
  }
}

/** `getRandomValues` of node:crypto cannot be replaced; it asks the one of Web Crypto, which can. */
const replace = (object: object, name: string, value: unknown): void => {
  Reflect.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

const stopClock = (now: () => number, since: () => number): void => {
  const { Date: Real } = globalThis
  // A function, because `Date()` is called without `new`; over the real one's prototype, so that every date is one.
  function Clock(...args: ReadonlyArray<unknown>): unknown {
    if (new.target === undefined) return new Real(now()).toString()
    const target: unknown = new.target
    return Reflect.construct(Real, args.length === 0 ? [now()] : args, target === Clock ? Real : new.target)
  }
  Object.defineProperty(Clock, "name", { value: "Date" })
  Object.defineProperty(Clock, "prototype", { value: Real.prototype })
  Object.assign(Clock, { now, parse: Real.parse, UTC: Real.UTC })
  replace(globalThis, "Date", Clock)
  replace(performance, "now", since)
  const bigint = () => BigInt(since()) * 1_000_000n
  replace(
    process,
    "hrtime",
    Object.assign(() => [0, since() * 1e6], { bigint })
  )
  replace(process, "uptime", () => since() / 1000)
}

const loadDice = (random: () => number): void => {
  const own = Object.getOwnPropertyDescriptors(Math)
  replace(globalThis, "Math", Object.create(Object.prototype, { ...own, random: { ...own.random, value: random } }))
  const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)))
  const fill = <A extends ArrayBufferView>(view: A, offset = 0, size = view.byteLength - offset): A => {
    new Uint8Array(view.buffer, view.byteOffset + offset, size).set(bytes(size))
    return view
  }
  const uuid = (): string => {
    const text = bytes(16).toString("hex")
    const variant = ((Number.parseInt(text[16] ?? "0", 16) & 3) | 8).toString(16)
    return [
      text.slice(0, 8),
      text.slice(8, 12),
      `4${text.slice(13, 16)}`,
      `${variant}${text.slice(17, 20)}`,
      text.slice(20)
    ].join("-")
  }
  type Told = (error: null, value: unknown) => void
  const told = (value: unknown, callback: Told | undefined): unknown => {
    if (callback === undefined) return value
    process.nextTick(callback, null, value)
    return undefined
  }
  replace(crypto, "randomUUID", uuid)
  replace(crypto, "randomBytes", (size: number, callback?: Told) => told(bytes(size), callback))
  replace(crypto, "randomInt", (low: number, high?: number | Told, callback?: Told) => {
    const [from, to] = typeof high === "number" ? [low, high] : [0, low]
    return told(from + Math.floor(random() * (to - from)), typeof high === "function" ? high : callback)
  })
  replace(crypto, "randomFillSync", fill)
  replace(crypto, "getRandomValues", fill)
  replace(crypto.webcrypto, "randomUUID", uuid)
  replace(crypto.webcrypto, "getRandomValues", fill)
}

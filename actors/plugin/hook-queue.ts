/** What one plugin is told: one thing after another, in order, however fast it comes. Nobody waits for it. */
import { setTimeout } from "node:timers/promises"
import type { HookName } from "../../plugins/hooks.ts"

export interface HookQueue {
  readonly tell: (hook: HookName, input: unknown) => void
  /** Resolves when nothing is left. Whoever waits for that has nothing done before: what waits is told at once. */
  readonly heard: () => Promise<void>
  /** Forgets what waits, and takes no more. */
  readonly close: () => void
}

export interface QueueParts {
  /** Tells it one thing; resolves when it has heard it, or cannot. Never rejects. */
  readonly say: (hook: HookName, input: unknown) => Promise<void>
  /** It hears more slowly than it is told. Called once. */
  readonly onDropped: (hook: HookName) => void
  /** Things that may wait. */
  readonly room?: number
  /** From the first thing that waits to its telling; the signal ends it. Default: 20 ms. */
  readonly pause?: (signal: AbortSignal) => Promise<void>
}

interface Told {
  readonly hook: HookName
  readonly input: unknown
}

/** Characters that are joined into one piece. */
const longest = 16_384

const short = (signal: AbortSignal): Promise<void> => setTimeout(20, undefined, { signal }).catch(() => {})

export const hookQueue = ({ say, onDropped, room = 1000, pause = short }: QueueParts): HookQueue => {
  const waiting: Array<Told> = []
  let telling: Promise<void> | undefined
  let pausing = new AbortController()
  let hasDropped = false
  let isClosed = false

  const tellAll = async (): Promise<void> => {
    // Not in the midst of what happened, and after what it leads to: a request that is about to be sent comes first.
    await pause(pausing.signal)
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await say(next.hook, next.input)
    telling = undefined
    pausing = new AbortController()
  }

  const tell: HookQueue["tell"] = (hook, input) => {
    if (isClosed) return
    const last = waiting.at(-1)
    const joined = last === undefined ? undefined : join(last, { hook, input })
    if (joined !== undefined) waiting[waiting.length - 1] = joined
    else if (waiting.length < room) waiting.push({ hook, input })
    else if (!hasDropped) {
      hasDropped = true
      onDropped(hook)
    }
    telling ??= tellAll()
  }

  return {
    tell,
    heard: async () => {
      if (telling === undefined) return
      pausing.abort()
      await telling
    },
    close: () => {
      isClosed = true
      waiting.length = 0
    }
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Fields that are joined; all others must be the same. */
const pieces: Readonly<Partial<Record<HookName, ReadonlyArray<string>>>> = {
  onMessageUpdate: ["text", "thinking"],
  onToolExecutionUpdate: ["text"]
}

/** Two updates that follow each other as one; `undefined` when they are none. */
const join = (one: Told, other: Told): Told | undefined => {
  const joined = pieces[one.hook]
  if (joined === undefined || one.hook !== other.hook) return undefined
  const [before, after] = [one.input, other.input] as readonly [Fields, Fields] // what the host tells is an object
  const isSame = Object.keys(after).every((key) => joined.includes(key) || before[key] === after[key])
  const texts = joined.map((key) => [key, `${String(before[key])}${String(after[key])}`] as const)
  if (!isSame || texts.some(([, text]) => text.length > longest)) return undefined
  return { hook: one.hook, input: { ...before, ...Object.fromEntries(texts) } }
}

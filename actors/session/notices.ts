/**
 * The notices of a session, pushed (an RxJS Observable) or pulled (`for await`).
 *
 * Who pulls may be slow. What waits for it is joined and, past 1,000 notices, left out, but only streamed pieces: `agent.text`,
 * `agent.thinking`, `agent.calling`, `agent.progressed` and `agent.retrying`, the oldest first; the `agent.said` and
 * `agent.settled` that they belong to come whole. Everything else (replies, failures, questions, ends, …) waits as long as
 * it takes. Who subscribes gets every single one at once.
 */
import { Observable } from "rxjs"
import type { AgentNotice } from "../../machines/events.ts"

/**
 * Hot: each subscription, and each `for await`, begins where it is begun and ends when the session closes. Leaving the loop
 * (`break`, `return`, a throw) ends the subscription.
 */
export interface Notices extends Observable<AgentNotice> {
  readonly [Symbol.asyncIterator]: () => AsyncIterableIterator<AgentNotice>
}

/** Gives a source its second way to be read. */
export const noticesOf = (source: Observable<AgentNotice>): Notices =>
  Object.assign(new Observable<AgentNotice>((subscriber) => source.subscribe(subscriber)), {
    [Symbol.asyncIterator]: () => pull(source)
  })

/** Notices that wait for a reader at most, as far as they may be left out. */
const most = 1000

const streamed: ReadonlySet<AgentNotice["type"]> = new Set([
  "agent.text",
  "agent.thinking",
  "agent.calling",
  "agent.progressed",
  "agent.retrying"
])

const pull = (source: Observable<AgentNotice>): AsyncIterableIterator<AgentNotice> => {
  const waiting: Array<AgentNotice> = []
  const readers: Array<PromiseWithResolvers<Step>> = []
  /** What is said to a reader after the end. */
  let last: (() => Promise<Step>) | undefined
  const end = (how: () => Promise<Step>): void => {
    last ??= how
    for (const { resolve } of readers.splice(0)) resolve(last())
  }
  const subscription = source.subscribe({
    next: (notice) => {
      const reader = readers.shift()
      if (reader === undefined) keep(waiting, notice)
      else reader.resolve({ done: false, value: notice })
    },
    complete: () => end(over),
    error: (error: unknown) =>
      end(async () => {
        throw error
      })
  })
  const next = (): Promise<Step> => {
    const value = waiting.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (last !== undefined) return last()
    const reader = Promise.withResolvers<Step>()
    readers.push(reader)
    return reader.promise
  }
  const leave = (): Promise<Step> => {
    subscription.unsubscribe()
    waiting.length = 0
    end(over)
    return over()
  }
  const iterator: AsyncIterableIterator<AgentNotice> = { next, return: leave, [Symbol.asyncIterator]: () => iterator }
  return iterator
}

type Step = IteratorResult<AgentNotice>

const over = (): Promise<Step> => Promise.resolve({ done: true, value: undefined })

/** Puts it behind those that wait, or into the last of them; what is too much of what may be left out goes. */
const keep = (waiting: Array<AgentNotice>, notice: AgentNotice): void => {
  const joined = join(waiting.at(-1), notice)
  if (joined !== undefined) return void waiting.splice(-1, 1, joined)
  waiting.push(notice)
  if (waiting.length <= most) return
  const oldest = waiting.findIndex(({ type }) => streamed.has(type))
  if (oldest >= 0) waiting.splice(oldest, 1)
}

/** @returns `undefined` when they are two. */
const join = (before: AgentNotice | undefined, next: AgentNotice): AgentNotice | undefined =>
  (next.type === "agent.text" || next.type === "agent.thinking") && before?.type === next.type
    ? { ...next, delta: before.delta + next.delta }
    : undefined

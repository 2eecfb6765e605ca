/** All tasks: who may see them, who reads along, what is told to addresses of callers, and what is found at the start. */
import { randomUUID } from "node:crypto"
import type { Message, StreamResponse } from "@a2a-js/sdk"
import { newSessionId } from "../../actors/journal/session-id.ts"
import { type Context, type Entry, openContext } from "./context.ts"
import type { OpenHand } from "./hand.ts"
import { lifeOf } from "./life-json.ts"
import type { TaskStore } from "./store.ts"
import { born, isAsking, isOver, type Life, seen } from "./task.ts"
import { openWatch, type Watch } from "./watch.ts"

export interface BookLimits {
  /** Tasks of one caller that are not over. */
  readonly tasks: number
  /** Finished tasks that are remembered of one caller. */
  readonly kept: number
  /** Sessions without work that are kept open. */
  readonly resting: number
}

export interface BookParts {
  readonly store: TaskStore
  readonly open: OpenHand
  readonly limits: BookLimits
  readonly log: (message: string) => void
  /** For addresses of callers. @param life As it is after them. */
  readonly push: (life: Life, events: ReadonlyArray<StreamResponse>) => void
}

/** There is no room for another task. */
export class Full extends Error {}

/** Nothing new is begun. */
export class Stopping extends Error {}

export type Book = ReturnType<typeof openBook>

export const openBook = ({ store, open, limits, log, push }: BookParts) => {
  const entries = new Map<string, Entry>()
  const contexts = new Map<string, Context>()
  const watches = new Map<string, Set<Watch>>()
  const resting = new Set<() => void>()
  const late = Promise.withResolvers<void>()
  let isStopping = false

  const told = (entry: Entry, events: ReadonlyArray<StreamResponse>, isPassing: boolean): void => {
    const { task } = entry.life
    const watching = watches.get(task.id) ?? []
    for (const watch of watching) for (const event of events) watch.push(event, isPassing)
    if (!isPassing) push(entry.life, events)
    if (isOver(task) || isAsking(task)) for (const watch of watching) watch.end()
    if (isOver(task)) {
      entries.delete(task.id)
      watches.delete(task.id)
      store.prune(entry.owner, limits.kept)
      closeOldest()
    }
    for (const look of resting) look()
  }

  /** @param session Of a new one. */
  const contextOf = (owner: string, id: string, session: string): Context => {
    const key = JSON.stringify([owner, id])
    const known = contexts.get(key)
    if (known !== undefined) return known
    const stored = store.context(owner, id) ?? { owner, context: id, session, cursor: 0 }
    const idle = (): void => {
      if (context.isIdle()) contexts.delete(key)
    }
    const context = openContext({ stored, store, open, log, told, idle })
    contexts.set(key, context)
    return context
  }

  /** Sessions without work are kept open for a while, but not any number of them. */
  const closeOldest = (): void => {
    const idle = [...contexts.values()].filter((one) => one.isIdle())
    for (const one of idle.slice(0, Math.max(0, idle.length - limits.resting))) one.sleep()
  }

  const ofOwner = (owner: string): number => [...entries.values()].filter((one) => one.owner === owner).length

  return {
    /** A new task with its first message. @param contextId Empty: a new one. @throws Full, Stopping */
    begin: (owner: string, contextId: string, message: Message): Entry => {
      if (isStopping) throw new Stopping()
      if (ofOwner(owner) >= limits.tasks) throw new Full()
      const made = newSessionId(Date.now())
      const name = contextId === "" ? made : contextId
      // A context whose name we made up has the session of that name. Whoever makes up another comes upon no session by it.
      const context = contextOf(owner, name, made)
      const life = born(randomUUID(), name, Date.now())
      const entry: Entry = { life, owner, isBegun: false }
      context.say(entry, { ...message, taskId: life.task.id, contextId: name })
      if (!isOver(entry.life.task)) entries.set(life.task.id, entry)
      return entry
    },
    contextOf: (entry: Entry): Context => contextOf(entry.owner, entry.life.task.contextId, newSessionId(Date.now())),
    /** One that is not over. */
    entry: (owner: string, id: string): Entry | undefined => {
      const entry = entries.get(id)
      return entry?.owner === owner ? entry : undefined
    },
    /** Any, as it is now. */
    life: (owner: string, id: string): Life | undefined => {
      const entry = entries.get(id)
      if (entry !== undefined) return entry.owner === owner ? { ...entry.life, task: seen(entry.life) } : undefined
      const stored = store.task(owner, id)
      return stored === undefined ? undefined : lifeOf(stored)
    },
    /** From now on; ends with the task, and when it asks. Whoever watches ends it. */
    watch: (id: string): Watch & { readonly leave: () => void } => {
      const watch = openWatch()
      const watching = watches.get(id) ?? new Set()
      watches.set(id, watching.add(watch))
      if (isStopping) watch.end()
      return {
        ...watch,
        leave: () => {
          watch.end()
          watching.delete(watch)
        }
      }
    },
    counts: () => ({ contexts: contexts.size, tasks: entries.size }),
    isStopping: () => isStopping,
    /** What was not over when the process ended goes on. */
    recover: (): void => {
      const found = new Set<Context>()
      for (const row of store.unfinished()) {
        const entry: Entry = { life: lifeOf(row), owner: row.owner, isBegun: false }
        entries.set(row.id, entry)
        const context = contextOf(row.owner, row.context, newSessionId(Date.now()))
        context.take(entry)
        found.add(context)
      }
      for (const context of found) context.resume()
    },
    /** Tasks that still run after `grace` milliseconds are not waited for. Called again it may shorten that. */
    hurry: (grace: number): void => void setTimeout(late.resolve, grace).unref(),
    /** Begins nothing new; tasks that still run when time is up go on at the next start, as those do that wait for an answer. */
    stop: async (): Promise<void> => {
      isStopping = true
      const alive = setInterval(() => {}, 60_000)
      await Promise.race([
        late.promise,
        // Whatever waits behind a question waits on.
        quiet(resting, () => [...entries.values()].every((one) => !one.isBegun || isAsking(one.life.task)))
      ])
      for (const watching of watches.values()) for (const watch of watching) watch.end()
      await Promise.all([...contexts.values()].map((one) => one.close(true)))
      clearInterval(alive)
    }
  }
}

const quiet = (resting: Set<() => void>, is: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!is()) return
      resting.delete(look)
      resolve()
    }
    resting.add(look)
    look()
  })

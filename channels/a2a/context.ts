/** One context: its tasks are worked on one after another, by one hand; each piece of news is stored before it is told. */
import { randomUUID } from "node:crypto"
import { Message, type StreamResponse } from "@a2a-js/sdk"
import type { Hand, OpenHand, Order } from "./hand.ts"
import { Refused } from "./hand.ts"
import type { Answered, End, News } from "./news.ts"
import type { StoredContext, TaskStore } from "./store.ts"
import { type Life, type Step, advance, ask, isAsking, isOver, received, settle } from "./task.ts"
import { bodyOf, stored } from "./life-json.ts"

/** A task that is not over. */
export interface Entry {
  life: Life
  readonly owner: string
  /** Something of it was given to the hand. */
  isBegun: boolean
}

export interface ContextParts {
  readonly stored: StoredContext
  readonly store: TaskStore
  readonly open: OpenHand
  readonly log: (message: string) => void
  /** After it was stored. `isPassing`: nobody needs it later. */
  readonly told: (entry: Entry, events: ReadonlyArray<StreamResponse>, isPassing: boolean) => void
  /** Nothing is left to do here for a while. */
  readonly idle: () => void
}

export interface Context {
  readonly stored: StoredContext
  /** One from before a restart. */
  readonly take: (entry: Entry) => void
  /** The first message of a task, or a further one. @throws when it cannot be stored; then nothing is said. */
  readonly say: (entry: Entry, message: Message) => void
  readonly answer: (entry: Entry, message: Message, question: string, answered: Answered) => void
  /** What was said is none of the answers: it is asked again. */
  readonly askAgain: (entry: Entry, message: Message, problem: string) => void
  readonly cancel: (entry: Entry) => void
  readonly isIdle: () => boolean
  /** Closes its session until there is work again. */
  readonly sleep: () => void
  readonly resume: () => void
  readonly close: (suspend: boolean) => Promise<void>
}

/** Milliseconds after which a session without work is closed. */
const rest = 60_000

export const tick = () => ({ now: Date.now(), id: randomUUID() })

export const openContext = ({ stored: context, store, open, log, told, idle }: ContextParts): Context => {
  const queue: Array<Entry> = []
  let hand: Hand | undefined
  let { cursor } = context
  /** The cursor that is stored; none: nothing is. */
  let kept = store.context(context.owner, context.context)?.cursor
  let isClosed = false
  let sleepy: NodeJS.Timeout | undefined
  let closing: Promise<void> = Promise.resolve()

  /** @throws when it cannot be stored. */
  const keep = (entry: Entry, life: Life, done: ReadonlyArray<string>, more = () => {}, isLasting = true): void =>
    store[isLasting ? "all" : "soon"](() => {
      store.saveTask(stored(entry.owner, life))
      for (const id of done) store.dropMessage(id)
      more()
      if (cursor !== kept) store.saveContext({ ...context, cursor })
      kept = cursor
    })

  /** What cannot be stored is told all the same: the work is done, and callers wait for it. */
  const step = (entry: Entry, { life, told: events, isKept }: Step): void => {
    const wasOver = isOver(entry.life.task)
    const done = entry.life.open.filter((id) => !life.open.includes(id) || isOver(life.task))
    entry.life = life
    try {
      const isLasting = isOver(life.task) || isAsking(life.task)
      if (isKept || done.length > 0) keep(entry, life, done, undefined, isLasting)
    } catch (error) {
      log(`a2a: a task cannot be stored: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (events.length > 0) told(entry, events, !isKept)
    if (!wasOver && isOver(life.task)) leave(entry)
  }

  const leave = (entry: Entry): void => {
    const at = queue.indexOf(entry)
    if (at >= 0) queue.splice(at, 1)
    void begin()
  }

  const handOf = (): Hand => {
    clearTimeout(sleepy)
    if (hand !== undefined) return hand
    const isMine = (): boolean => hand === opened
    const opened: Hand = open({
      owner: context.owner === "" ? undefined : context.owner,
      session: context.session,
      cursor,
      after: closing,
      // What is let go may still have been reading.
      tell: (...told) => isMine() && tell(...told),
      lost: (reason) => isMine() && lost(reason)
    })
    return (hand = opened)
  }

  const tell = (news: News, at?: number, file?: Uint8Array): void => {
    if (isClosed) return
    const [entry] = queue
    if (at !== undefined) cursor = at
    if (entry === undefined || !entry.isBegun) return
    if (news.type === "made" && file !== undefined) saveFile(entry, news.artifact.artifactId, file)
    step(entry, advance(entry.life, news, tick()))
  }

  const saveFile = ({ life }: Entry, artifact: string, bytes: Uint8Array): void => {
    try {
      store.saveFile(life.task.id, artifact, bytes)
    } catch (error) {
      log(`a2a: a file cannot be stored: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const lost = (reason: string): void => {
    hand = undefined
    const [entry] = queue
    if (!isClosed && entry?.isBegun) finish(entry, { state: "failed", text: reason })
  }

  const finish = (entry: Entry, end: End): void =>
    step(entry, advance({ ...entry.life, isAside: false }, { type: "ended", messages: entry.life.open, end }, tick()))

  /** What is first in the queue is worked on. */
  const begin = async (): Promise<void> => {
    const [entry] = queue
    if (isClosed) return
    if (entry === undefined) {
      clearTimeout(sleepy)
      sleepy = setTimeout(sleep, rest).unref()
      return
    }
    if (entry.isBegun) return
    entry.isBegun = true
    await sayAll(entry)
  }

  /** Before it is said: what is told of it must find it begun. What was not taken is asked for by its fate at the next start. */
  const marked = (entry: Entry): ReadonlyArray<Order> => {
    const orders = ordersOf(entry, false)
    for (const { id } of orders) store.markSaid(id)
    return orders
  }

  const sleep = (): void => {
    clearTimeout(sleepy)
    const before = hand
    hand = undefined
    closing = Promise.resolve(before?.close(true))
      .catch((error: unknown) => log(`a2a: a session did not close: ${String(error)}`))
      .finally(idle)
  }

  const ordersOf = (entry: Entry, isSaid: boolean): ReadonlyArray<Order> =>
    store
      .messagesOf(entry.life.task.id)
      .filter((one) => one.isSaid === isSaid)
      .map(({ id, body }) => ({ id, message: Message.fromJSON(JSON.parse(body)), task: entry.life.task }))

  let saying: Promise<void> = Promise.resolve()

  /** @param fresh One that was marked when it was stored. */
  const sayAll = (entry: Entry, fresh?: Omit<Order, "task">): Promise<void> =>
    (saying = saying.then(async () => {
      if (isClosed || isOver(entry.life.task)) return
      try {
        for (const order of fresh === undefined ? marked(entry) : [{ ...fresh, task: entry.life.task }]) {
          if (isClosed || isOver(entry.life.task)) return
          await handOf().say(order)
        }
      } catch (error) {
        failed(entry, error)
      }
    }))

  const failed = (entry: Entry, error: unknown): void => {
    if (isClosed) return
    const text = error instanceof Error ? error.message : String(error)
    finish(entry, { state: error instanceof Refused ? "rejected" : "failed", text })
  }

  return {
    stored: context,
    take: (entry) => void queue.push(entry),
    say: (entry, message) => {
      const id = randomUUID()
      const next = received(entry.life, withoutBytes(message), tick(), id)
      // It is said at once: stored in one go with that, for the disk is what takes the time.
      const isSaid = !isClosed && (entry.isBegun || queue.length === 0)
      keep(entry, next.life, [], () => store.addMessage({ id, task: next.life.task.id, body: bodyOf(message), isSaid }))
      entry.life = next.life
      if (next.told.length > 0) told(entry, next.told, false)
      if (!queue.includes(entry)) queue.push(entry)
      if (!isSaid) return void begin()
      entry.isBegun = true
      void sayAll(entry, { id, message })
    },
    answer: (entry, message, question, answered) => {
      const { life } = received(entry.life, withoutBytes(message), tick())
      step(entry, settle(life, question, tick()))
      handOf().answer(question, answered)
    },
    askAgain: (entry, message, problem) => {
      const { life } = received(entry.life, withoutBytes(message), tick())
      step(entry, ask(life, tick(), `That is no answer: ${problem}. Nothing was decided.\n`))
    },
    cancel: (entry) => {
      const isAlive = entry.isBegun && entry.life.open.length > 0
      if (isAlive) handOf().cancel(entry.life.open)
      else
        step(entry, advance({ ...entry.life, open: ["-"] }, { type: "ended", messages: ["-"], end: canceled }, tick()))
    },
    isIdle: () => queue.length === 0,
    sleep,
    resume: () => {
      const [entry] = queue
      if (entry === undefined) return
      const said = ordersOf(entry, true)
      entry.isBegun = said.length > 0 || entry.life.open.length === 0
      if (!entry.isBegun) return void begin()
      if (said.length === 0) return
      const resumed = handOf().resume(said)
      void resumed.then(() => sayAll(entry)).catch((error: unknown) => failed(entry, error))
    },
    close: async (suspend) => {
      isClosed = true
      clearTimeout(sleepy)
      await Promise.all([closing, hand?.close(suspend)])
    }
  }
}

const canceled: End = { state: "canceled", text: "" }

/** In the history a file is named; whoever sent it has it. */
const withoutBytes = (message: Message): Message => ({
  ...message,
  parts: message.parts.map((part) =>
    part.content?.$case === "raw"
      ? {
          ...part,
          content: {
            $case: "text",
            value: `[${part.filename === "" ? "a file" : part.filename}, ${part.content.value.length} bytes]`
          },
          mediaType: "text/plain"
        }
      : part
  )
})

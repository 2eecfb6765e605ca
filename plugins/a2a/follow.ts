/** Following a task at a peer: by its stream, by looking at it, and by the one when the other fails. */
import { setTimeout as pause } from "node:timers/promises"
import type { StreamResponse } from "@a2a-js/sdk"
import { PeerError } from "./peer.ts"
import { nothingYet, ofAnswer } from "./task-view.ts"
import { asMessage, isDone, look, take, taskIdOf, type Thread } from "./thread.ts"

/** Streams of one task that are taken up again. */
const mostResumptions = 3

/** Sends the message and reads the stream that answers it, to its end or until the task is settled. */
export const stream = async (thread: Thread): Promise<void> => {
  const { client } = thread.line
  await read(thread, (signal) => client.sendMessageStream(asMessage(thread.request, false), { signal }))
  if (thread.view === nothingYet) throw new PeerError("unsure", "it ended its stream without a word")
  thread.isStale = false
}

/**
 * Sends the message without a stream. A new task is answered at once, so that it can be cancelled; one that is gone on with
 * when it is settled again, since what a peer shows of it at once may be how it was before the message.
 */
export const send = async (thread: Thread): Promise<void> => {
  const { line, request, over } = thread
  const isNew = request.taskId === undefined
  const answer = await line.client.sendMessage(asMessage(request, isNew), { signal: over })
  if (!isNew) thread.isStale = false
  take(thread, ofAnswer(answer))
}

/** Waits for the end of a task that is known: by its stream where there is one, else by looking at it. */
export const watch = async (thread: Thread): Promise<void> => {
  const { line, times, over } = thread
  for (let tries = 0; tries < mostResumptions && line.streams; tries++) {
    if (tries > 0) await pause(times.pause * 2 ** tries, undefined, { signal: over })
    // What was told between two streams is in the whole picture alone.
    await look(thread)
    if (isDone(thread)) return
    await subscribe(thread)
  }
  if (thread.view === nothingYet) await look(thread)
  for (let wait = times.pause; !isDone(thread); wait = Math.min(wait * 2, times.longestPause)) {
    await pause(wait, undefined, { signal: over })
    await look(thread)
  }
}

const subscribe = async (thread: Thread): Promise<void> => {
  const { client } = thread.line
  try {
    await read(thread, (signal) => client.resubscribeTask({ tenant: "", id: taskIdOf(thread) }, { signal }))
  } catch {
    // The next look tells whether the task is there, and how it is.
    thread.over.throwIfAborted()
  }
}

type Open = (signal: AbortSignal) => AsyncIterator<StreamResponse, void>

const read = async (thread: Thread, open: Open): Promise<void> => {
  const enough = new AbortController()
  const events = open(AbortSignal.any([thread.over, enough.signal]))
  try {
    while (!isDone(thread)) {
      const event = await heard(thread, events.next())
      if (event === undefined || event.done === true) return
      take(thread, event.value.payload)
    }
  } finally {
    enough.abort()
  }
}

/** What comes next, however long that takes; in each silence the task is looked at. `undefined`: it is over meanwhile. */
const heard = async <Event>(thread: Thread, next: Promise<Event>): Promise<Event | undefined> => {
  // Whoever stops listening hears no more of it.
  next.catch(() => {})
  for (;;) {
    const timer = new AbortController()
    const quiet = pause(thread.times.silence, undefined, { signal: timer.signal }).catch(() => undefined)
    const event = await Promise.race([next.then((value) => ({ value })), quiet])
    timer.abort()
    if (event !== undefined) return event.value
    if (thread.view.taskId !== undefined) await look(thread)
    if (isDone(thread)) return undefined
  }
}

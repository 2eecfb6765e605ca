/**
 * One message to a peer and what comes of it: sent once, followed until the task is over or waits for somebody. Where the
 * peer streams, its stream is read, and taken up again when it breaks; where it does not, the task is looked at. Every wait has
 * an end: the caller's time for all of it, `Times` for each part.
 */
import { type Line, openLine, waysOf } from "./connect.ts"
import { failureOf, isUnsupported, tellable } from "./failure.ts"
import { type Cards, findCard } from "./find-card.ts"
import { send, stream, watch } from "./follow.ts"
import { type Peer, PeerError, type Times, usualTimes } from "./peer.ts"
import { isOver, nothingYet, type TaskView } from "./task-view.ts"
import { cancel, isDone, knownTask, look, openThread, type Request, type Thread } from "./thread.ts"

export interface ExchangeParts {
  readonly fetch: typeof fetch
  /** Aborted when nobody wants the answer any more: the task is cancelled at the peer. */
  readonly signal: AbortSignal
  /** Aborted when the time for all of it is over. */
  readonly late: AbortSignal
  /** What becomes of the task when that is over. */
  readonly whenLate: "leave" | "cancel"
  readonly times?: Times
  readonly cards?: Cards
  /** Hears of every change. */
  readonly tell?: (view: TaskView) => void
}

export interface Exchanged {
  /** settled: it is over, or waits for somebody · late: the time was up · stopped: by `signal`. */
  readonly end: "settled" | "late" | "stopped"
  readonly view: TaskView
  /** Of a task that was to be cancelled: whether the peer has done it. */
  readonly cancelled?: boolean
  /** How it was talked to; absent when it did not come to that. */
  readonly line?: Line
}

/** Ends when it is `late`, or as much later as cancelling a task may take: `Times.look`. @throws PeerError */
export const exchange = async (peer: Peer, request: Request, parts: ExchangeParts): Promise<Exchanged> => {
  const { late } = parts
  const times = parts.times ?? usualTimes
  try {
    const signal = AbortSignal.any([parts.signal, late])
    const { card } = await findCard(peer, { ...parts, signal, within: times.card })
    const ways = waysOf(peer, card)
    for (const [at, way] of ways.entries()) {
      const line = await openLine(peer, card, way, parts.fetch)
      const { signal, tell } = parts
      const thread = openThread({ peer, line, request, signal, late, times, tell })
      try {
        return await talk(thread, parts.whenLate)
      } catch (error) {
        const failure = failureOf(error)
        const hasNext = failure.kind === "version" && at + 1 < ways.length && thread.view === nothingYet
        if (!hasNext) throw failure
      } finally {
        thread.end()
      }
    }
    throw new PeerError("version", "it refuses every version that its card offers")
  } catch (error) {
    if (parts.signal.aborted) return { end: "stopped", view: nothingYet }
    const isLate = late.aborted && !(error instanceof PeerError)
    throw tellable(peer, isLate ? new PeerError("timeout", "it did not answer in time") : error)
  }
}

const talk = async (thread: Thread, whenLate: ExchangeParts["whenLate"]): Promise<Exchanged> => {
  const end = await ended(thread)
  const { view, line, request } = thread
  if (end === "late" && view === nothingYet) throw unheard(thread)
  const isUnwanted = end === "stopped" || (end === "late" && whenLate === "cancel")
  // Who only looked at a task has nothing to take back.
  const isOurs = request.parts.length > 0 && knownTask(thread) !== undefined && !isOver(view.state)
  if (!isUnwanted || !isOurs) return { end, view, line }
  const cancelled = await cancel(thread)
  return { end, view: thread.view, line, cancelled }
}

const ended = async (thread: Thread): Promise<Exchanged["end"]> => {
  try {
    await deliver(thread)
  } catch (error) {
    if (!thread.over.aborted) throw error
  }
  if (thread.signal.aborted) return "stopped"
  return isDone(thread) ? "settled" : "late"
}

const unheard = ({ request }: Thread): PeerError =>
  new PeerError(
    "timeout",
    request.parts.length === 0
      ? "it did not tell of the task in time"
      : "it named no task in time; whether it works on the message is not known"
  )

const deliver = async (thread: Thread): Promise<void> => {
  if (thread.request.parts.length > 0) await said(thread)
  if (!isDone(thread)) await watch(thread)
}

const said = async (thread: Thread): Promise<void> => {
  try {
    await (thread.line.streams ? streamed(thread) : send(thread))
  } catch (error) {
    // What is known of a task can be asked for again.
    const isKnown = thread.view.taskId !== undefined
    const isCut = knownTask(thread) !== undefined && failureOf(error).kind === "unsure"
    if (!isKnown && !isCut) throw error
  }
}

const streamed = async (thread: Thread): Promise<void> => {
  try {
    await stream(thread)
  } catch (error) {
    if (thread.view !== nothingYet || !isUnsupported(error)) throw error
    return send(thread)
  }
  // Over this wire the SDK (1.3.0) drops `append`, so of what came piece by piece only the last piece is left.
  const { version, binding } = thread.line
  const isPartial = version === "0.3" && binding === "HTTP+JSON" && thread.view.artifacts.length > 0
  if (isPartial && thread.view.taskId !== undefined) await look(thread)
}

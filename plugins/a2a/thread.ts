/** One message to a peer and the task that it leads to, as far as it is known: what has come of it, and whether to go on. */
import type { Part, SendMessageRequest } from "@a2a-js/sdk"
import type { Line } from "./connect.ts"
import { failureOf } from "./failure.ts"
import { type Peer, PeerError, type PeerTrouble, type Times } from "./peer.ts"
import { isOver, isSettled, nothingYet, type TaskEvent, type TaskView, withEvent } from "./task-view.ts"

export interface Request {
  /** Empty: nothing is said, the task is only looked at and waited for. */
  readonly parts: ReadonlyArray<Part>
  readonly taskId?: string
  readonly contextId?: string
}

export interface ThreadParts {
  readonly peer: Peer
  readonly line: Line
  readonly request: Request
  /** Of the caller: aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** Aborted when the time is up. */
  readonly late: AbortSignal
  readonly times: Times
  /** Hears of every change. */
  readonly tell: ((view: TaskView) => void) | undefined
}

export interface Thread extends ThreadParts {
  view: TaskView
  /** What a peer shows first of a task that is gone on with may be the question that was just answered. */
  isStale: boolean
  /** Looks in a row that failed. */
  failures: number
  /** Aborted when nothing more is to be read. */
  readonly over: AbortSignal
  readonly end: () => void
}

/** Looks in a row that may fail before the peer counts as gone. */
const mostFailures = 6

const hopeless: ReadonlySet<PeerTrouble> = new Set(["not_found", "unauthorized", "elsewhere", "version"])

export const openThread = (parts: ThreadParts): Thread => {
  const { signal, late, request, times } = parts
  const over = new AbortController()
  const end = (): void => over.abort()
  const thread: Thread = {
    ...parts,
    view: nothingYet,
    isStale: request.taskId !== undefined && request.parts.length > 0,
    failures: 0,
    over: over.signal,
    end
  }
  const stop = (): void => {
    // A task without a name could not be cancelled.
    if (knownTask(thread) !== undefined) end()
    else setTimeout(end, times.naming).unref()
  }
  const options = { signal: over.signal }
  signal.addEventListener("abort", stop, options)
  late.addEventListener("abort", end, options)
  if (late.aborted) end()
  else if (signal.aborted) stop()
  return thread
}

export const knownTask = ({ view, request }: Thread): string | undefined => view.taskId ?? request.taskId

/** @throws PeerError when the peer has told of a task without naming it. */
export const taskIdOf = (thread: Thread): string => {
  const id = knownTask(thread)
  if (id === undefined) throw new PeerError("protocol", "it answers with a task that has no id")
  return id
}

export const isDone = ({ view, isStale }: Thread): boolean => isSettled(view) && (isOver(view.state) || !isStale)

export const take = (thread: Thread, event: TaskEvent | undefined): void => {
  if (event === undefined) throw new PeerError("protocol", "it sends an event of no kind")
  const isFirst = thread.view === nothingYet
  thread.view = withEvent(thread.view, event, thread.peer.token)
  if (!isFirst || event.$case !== "task") thread.isStale = false
  thread.tell?.(thread.view)
  if (thread.signal.aborted && knownTask(thread) !== undefined) thread.end()
}

/** One that fails is forgiven, unless it says that there is no hope. */
export const look = async (thread: Thread): Promise<void> => {
  const { line, times, over } = thread
  const signal = AbortSignal.any([over, AbortSignal.timeout(times.look)])
  try {
    const task = await line.client.getTask({ tenant: "", id: taskIdOf(thread), historyLength: 0 }, { signal })
    thread.failures = 0
    thread.isStale = false
    take(thread, { $case: "task", value: task })
  } catch (error) {
    over.throwIfAborted()
    const gone = new PeerError("timeout", `it did not tell of the task within ${times.look / 1000} s`, { cause: error })
    const failure = signal.aborted ? gone : failureOf(error)
    if (hopeless.has(failure.kind) || ++thread.failures >= mostFailures) throw failure
  }
}

/** @returns whether the peer has cancelled it. Never rejects. */
export const cancel = async (thread: Thread): Promise<boolean> => {
  const { line, times, peer } = thread
  try {
    const signal = AbortSignal.timeout(times.look)
    const task = await line.client.cancelTask({ tenant: "", id: taskIdOf(thread), metadata: undefined }, { signal })
    thread.view = withEvent(thread.view, { $case: "task", value: task }, peer.token)
    return thread.view.state === "canceled"
  } catch {
    return false
  }
}

/** @param returnImmediately Else the peer keeps its answer back until the task is settled. */
export const asMessage = (
  { parts, taskId = "", contextId = "" }: Request,
  returnImmediately: boolean
): SendMessageRequest => ({
  tenant: "",
  message: {
    messageId: crypto.randomUUID(),
    taskId,
    contextId,
    // ROLE_USER; the SDK's enumeration would have to be loaded.
    role: 1,
    parts: [...parts],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: []
  },
  configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately },
  metadata: undefined
})

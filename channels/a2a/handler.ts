/** What A2A asks of an agent, for one caller after another: the SDK's request handler, over tasks that outlive their requests. */
import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server"
import type {
  AgentCard,
  Message,
  SendMessageRequest,
  StreamResponse,
  Task,
  TaskPushNotificationConfig
} from "@a2a-js/sdk"
import { Role } from "@a2a-js/sdk"
import {
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError
} from "@a2a-js/sdk/errors"
import { type Book, Full, Stopping } from "./book.ts"
import type { Entry } from "./context.ts"
import type { Exchange } from "./exchange.ts"
import { filled } from "./files.ts"
import { cut, listed } from "./page.ts"
import type { Pushes } from "./pushes.ts"
import { readAnswer } from "./questions.ts"
import type { TaskStore } from "./store.ts"
import { isAsking, isOver, type Life, seen } from "./task.ts"

export interface HandlerParts {
  readonly book: Book
  readonly store: TaskStore
  readonly pushes: Pushes
  /** @param isKnown Its caller has shown a key. */
  readonly card: (origin: string, isKnown: boolean) => Promise<AgentCard>
  readonly exchangeOf: (context: ServerCallContext) => Exchange
  readonly limits: HandlerLimits
}

export interface HandlerLimits {
  /** Tasks of one caller that are not over. */
  readonly tasks: number
  /** Milliseconds that a request to cancel waits for the work to stop. */
  readonly cancel: number
  /** Milliseconds that a request waits for its task; it is answered with the task as it is then. */
  readonly wait: number
}

const longestId = 200

/** Messages of one task that are not worked on yet. */
const mostWaiting = 100

export const requestHandler = ({ book, store, pushes, card, exchangeOf, limits }: HandlerParts): A2ARequestHandler => {
  const found = (owner: string, id: string): Life => {
    if (id.trim() === "") throw new RequestMalformedError("the id of a task is needed")
    const life = book.life(owner, id)
    // One text for what does not exist and for what is somebody else's.
    if (life === undefined) throw new TaskNotFoundError("there is no such task")
    return life
  }

  /** Takes a message in. @returns its task. */
  const accept = (params: SendMessageRequest, at: Exchange): Entry => {
    const message = checked(params.message)
    const push = params.configuration?.taskPushNotificationConfig
    if (push !== undefined) pushes.check(push)
    const entry = message.taskId === "" ? begun(message, at) : goneOn(message, at)
    if (push !== undefined) pushes.save({ ...push, taskId: entry.life.task.id }, at)
    return entry
  }

  const begun = (message: Message, { owner }: Exchange): Entry => {
    try {
      return book.begin(owner, message.contextId, message)
    } catch (error) {
      if (error instanceof Full)
        throw new UnsupportedOperationError(
          `${limits.tasks} tasks are not over yet: wait for one to end, or cancel one`
        )
      if (error instanceof Stopping) throw new UnsupportedOperationError("the server stops; try again in a while")
      throw error
    }
  }

  const goneOn = (message: Message, { owner }: Exchange): Entry => {
    const { task } = found(owner, message.taskId)
    const entry = book.entry(owner, message.taskId)
    if (entry === undefined)
      throw new UnsupportedOperationError("this task is over: leave out its taskId to begin another in its context")
    if (message.contextId !== "" && message.contextId !== task.contextId)
      throw new RequestMalformedError("contextId is not that of the task")
    if (book.isStopping()) throw new UnsupportedOperationError("the server stops; try again in a while")
    if (entry.life.open.length >= mostWaiting)
      throw new UnsupportedOperationError(`${mostWaiting} messages of this task wait already`)
    const context = book.contextOf(entry)
    const whole = { ...message, contextId: task.contextId }
    const [question] = entry.life.questions
    if (question === undefined) {
      context.say(entry, whole)
      return entry
    }
    const read = readAnswer(message.parts, question)
    if ("problem" in read) context.askAgain(entry, whole, read.problem)
    else {
      const { more, ...answered } = read
      context.answer(entry, whole, question.id, answered)
      if (more !== undefined) context.say(entry, saidBeside(whole, more))
    }
    return entry
  }

  /** Told from here on, until it is over, asks, or the reader is gone. */
  async function* follow(id: string, at: Exchange, first: Task, isMore: boolean): AsyncGenerator<StreamResponse, void> {
    const { event } = filled(store, at.origin)
    const watch = isMore ? book.watch(id) : undefined
    const gone = at.gone(() => watch?.leave())
    try {
      yield event({ payload: { $case: "task", value: first } })
      for (let next = await watch?.next(); next !== undefined; next = await watch?.next()) {
        await at.taken()
        if (at.isGone()) return
        yield event(next)
      }
    } finally {
      gone()
      watch?.leave()
    }
  }

  /** Until it is over or asks; sooner when whoever waits is gone or has waited long, or the server stops. */
  const rested = async (entry: Entry, at: Exchange): Promise<void> => {
    if (isAsking(entry.life.task) || isOver(entry.life.task)) return
    const watch = book.watch(entry.life.task.id)
    const gone = at.gone(watch.leave)
    const timer = setTimeout(watch.leave, limits.wait)
    while ((await watch.next()) !== undefined) {}
    clearTimeout(timer)
    gone()
    watch.leave()
  }

  return {
    getAgentCard: () => card("http://localhost", false),
    getAuthenticatedExtendedAgentCard: (_, context) => card(exchangeOf(context).origin, true),
    sendMessage: async (params, context) => {
      const at = exchangeOf(context)
      const length = params.configuration?.historyLength
      checkLength(length)
      const entry = accept(params, at)
      if (params.configuration?.returnImmediately !== true) await rested(entry, at)
      const { life } = entry
      if (life.isBare && isOver(life.task)) return bare(life, store)
      return cut(filled(store, at.origin).task(seen(life)), length)
    },
    sendMessageStream: async function* (params, context) {
      const at = exchangeOf(context)
      const length = params.configuration?.historyLength
      checkLength(length)
      const { life } = accept(params, at)
      yield* follow(life.task.id, at, cut(seen(life), length), !isOver(life.task) && !isAsking(life.task))
    },
    getTask: async ({ id, historyLength }, context) => {
      const at = exchangeOf(context)
      return cut(filled(store, at.origin).task(found(at.owner, id).task), historyLength)
    },
    listTasks: async (params, context) => {
      const at = exchangeOf(context)
      const { task } = filled(store, at.origin)
      const page = listed(store, at.owner, params)
      return { ...page, tasks: page.tasks.map(task) }
    },
    cancelTask: async ({ id }, context) => {
      const at = exchangeOf(context)
      const before = found(at.owner, id).task
      const entry = book.entry(at.owner, id)
      if (entry !== undefined) {
        const over = ended(book, id, limits.cancel)
        book.contextOf(entry).cancel(entry)
        await over
      } else if (!isCanceled(before)) throw new TaskNotCancelableError("this task is over")
      const { task } = found(at.owner, id)
      if (!isOver(task))
        throw new TaskNotCancelableError("it is being stopped, and has not stopped yet: ask again in a while")
      if (!isCanceled(task)) throw new TaskNotCancelableError("it ended before it could be cancelled")
      return filled(store, at.origin).task(task)
    },
    resubscribe: async function* ({ id }, context) {
      const at = exchangeOf(context)
      const { task } = found(at.owner, id)
      if (isOver(task)) throw new UnsupportedOperationError("this task is over: get it instead")
      yield* follow(id, at, task, true)
    },
    createTaskPushNotificationConfig: async (params, context) => {
      const at = exchangeOf(context)
      found(at.owner, params.taskId)
      pushes.check(params)
      return pushes.save(params, at)
    },
    getTaskPushNotificationConfig: async ({ taskId, id }, context) => {
      found(exchangeOf(context).owner, taskId)
      const all = pushes.of(taskId)
      const one = id === "" && all.length === 1 ? all[0] : all.find((config) => config.id === id)
      if (one === undefined) throw new TaskNotFoundError("this task has no such push notification configuration")
      return one
    },
    listTaskPushNotificationConfigs: async ({ taskId }, context) => {
      found(exchangeOf(context).owner, taskId)
      return { configs: [...pushes.of(taskId)] satisfies Array<TaskPushNotificationConfig>, nextPageToken: "" }
    },
    deleteTaskPushNotificationConfig: async ({ taskId, id }, context) => {
      found(exchangeOf(context).owner, taskId)
      pushes.drop(taskId, id)
    }
  }
}

const isCanceled = ({ status }: Task): boolean => status?.state === 5

const checked = (message: Message | undefined): Message => {
  if (message === undefined) throw new RequestMalformedError("message is needed")
  const { messageId, taskId, contextId, parts, role } = message
  if (messageId === "") throw new RequestMalformedError("message.messageId is needed")
  if ([messageId, taskId, contextId].some((id) => id.length > longestId))
    throw new RequestMalformedError(`an id has at most ${longestId} characters`)
  if (role === Role.ROLE_AGENT) throw new RequestMalformedError("message.role must be that of the user")
  const isEmpty = parts.every(
    ({ content }) => content === undefined || (content.$case === "text" && content.value.trim() === "")
  )
  if (isEmpty) throw new RequestMalformedError("message.parts must hold something: text, data or a file")
  return message
}

const checkLength = (length: number | undefined): void => {
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 0))
    throw new RequestMalformedError("historyLength must be a whole number, 0 or more")
}

const saidBeside = (message: Message, text: string): Message => ({
  ...message,
  parts: [{ content: { $case: "text", value: text }, metadata: undefined, filename: "", mediaType: "text/plain" }]
})

/** An answer for which no task is needed leaves none. */
const bare = ({ task }: Life, store: TaskStore): Message => {
  store.dropTask(task.id)
  const parts = task.artifacts.flatMap((one) => one.parts)
  return {
    messageId: `${task.id}-answer`,
    contextId: task.contextId,
    taskId: "",
    role: Role.ROLE_AGENT,
    parts,
    metadata: undefined,
    extensions: [],
    referenceTaskIds: []
  }
}

/** Resolves when the task is over, or after that time. */
const ended = async (book: Book, id: string, time: number): Promise<void> => {
  const watch = book.watch(id)
  const timer = setTimeout(watch.leave, time)
  while ((await watch.next()) !== undefined) {}
  clearTimeout(timer)
  watch.leave()
}

/** The life of a task as a pure function: what is told of the work, and what callers are told then. */
import { type Artifact, type Message, type Part, Role, type StreamResponse, TaskState } from "@a2a-js/sdk"
import type { Task } from "@a2a-js/sdk"
import type { Asked, End, News } from "./news.ts"

/** A task and what is known of the work on it. */
export interface Life {
  readonly task: Task
  /** Messages of it whose turn has not ended, by the ids they have in the work. */
  readonly open: ReadonlyArray<string>
  readonly questions: ReadonlyArray<Asked>
  /** What was streamed of the reply that is being written, and the newest piece of it, which was not told yet. */
  readonly streamed: { readonly told: string; readonly held: string }
  /** The turn that runs works on other messages, which somebody else said to the same agent. */
  readonly isAside: boolean
  /** It was answered by a text for which no task is needed. */
  readonly isBare: boolean
}

/** The two things that a pure function cannot have by itself. */
export interface Tick {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** For a message of ours. */
  readonly id: string
}

export interface Step {
  readonly life: Life
  readonly told: ReadonlyArray<StreamResponse>
  /** It has to be stored. */
  readonly isKept: boolean
}

/** Messages that a task remembers. */
export const historyLimit = 200

export const answerId = "answer"

const nothing = { told: "", held: "" } as const

const ends: ReadonlySet<TaskState | undefined> = new Set([
  TaskState.TASK_STATE_COMPLETED,
  TaskState.TASK_STATE_FAILED,
  TaskState.TASK_STATE_CANCELED,
  TaskState.TASK_STATE_REJECTED
])

export const isOver = ({ status }: Pick<Task, "status">): boolean => ends.has(status?.state)

export const isAsking = ({ status }: Pick<Task, "status">): boolean =>
  status?.state === TaskState.TASK_STATE_INPUT_REQUIRED

export const textPart = (text: string): Part => ({
  content: { $case: "text", value: text },
  metadata: undefined,
  filename: "",
  mediaType: "text/plain"
})

export const dataPart = (value: unknown): Part => ({
  content: { $case: "data", value },
  metadata: undefined,
  filename: "",
  mediaType: "application/json"
})

export const born = (id: string, contextId: string, now: number): Life => ({
  task: {
    id,
    contextId,
    status: { state: TaskState.TASK_STATE_SUBMITTED, message: undefined, timestamp: new Date(now).toISOString() },
    artifacts: [],
    history: [],
    metadata: undefined
  },
  open: [],
  questions: [],
  streamed: nothing,
  isAside: false,
  isBare: false
})

const remember = (history: Array<Message>, message: Message): Array<Message> =>
  [...history, message].slice(-historyLimit)

/** A message of the caller's; `id`: what the work knows it by, absent for one that is an answer and nothing more. */
export const received = (life: Life, message: Message, tick: Tick, id?: string): Step => {
  const task = { ...life.task, history: remember(life.task.history, message) }
  const next = { ...life, task, open: id === undefined ? life.open : [...life.open, id] }
  const isAwaited = isAsking(task) && life.questions.length === 0
  return isAwaited ? to(next, TaskState.TASK_STATE_WORKING, tick) : { life: next, told: [], isKept: true }
}

/** @returns what follows of one piece of news. After its end a task does not change any more. */
export const advance = (life: Life, news: News, tick: Tick): Step => {
  if (isOver(life.task)) return still(life)
  switch (news.type) {
    case "started": {
      const isAside = !news.messages.some((id) => life.open.includes(id))
      if (isAside) return still({ ...life, isAside })
      return to({ ...life, isAside, questions: [], streamed: nothing }, TaskState.TASK_STATE_WORKING, tick)
    }
    case "joined":
      return still(life.open.includes(news.message) ? { ...life, isAside: false } : life)
    case "ended":
      return ended(life, news.messages, news.end, tick)
    case "answered":
      return without(life, (one) => one.id === news.id, tick)
    case "settled":
      return without(life, (one) => one.call === news.call, tick)
    default:
      return life.isAside ? still(life) : worked(life, news, tick)
  }
}

const still = (life: Life): Step => ({ life, told: [], isKept: false })

type Worked = Exclude<News, { type: "started" | "joined" | "ended" | "answered" | "settled" }>

const worked = (life: Life, news: Worked, tick: Tick): Step => {
  switch (news.type) {
    case "piece":
      return streamed(life, news.text)
    case "void":
      return still({ ...life, streamed: nothing })
    case "narrated":
      return saying({ ...life, streamed: nothing }, news.text, tick)
    case "doing":
      return passing(life, news.text, tick)
    case "made":
      return made(life, news.artifact)
    case "asked":
      if (life.questions.some((one) => one.id === news.question.id)) return still(life)
      return ask({ ...life, questions: [...life.questions, news.question] }, tick)
  }
}

const statusTold = ({ task: { id, contextId, status } }: Life): StreamResponse => ({
  payload: { $case: "statusUpdate", value: { taskId: id, contextId, status, metadata: undefined } }
})

const artifactTold = (
  { task: { id, contextId } }: Life,
  artifact: Artifact,
  append: boolean,
  lastChunk: boolean
): StreamResponse => ({
  payload: {
    $case: "artifactUpdate",
    value: { taskId: id, contextId, artifact, append, lastChunk, metadata: undefined }
  }
})

const answerOf = (text: string): Artifact => ({
  artifactId: answerId,
  name: "answer",
  description: "",
  parts: [textPart(text)],
  metadata: undefined,
  extensions: []
})

const own = ({ task: { id, contextId } }: Life, parts: Array<Part>, messageId: string): Message => ({
  messageId,
  contextId,
  taskId: id,
  role: Role.ROLE_AGENT,
  parts,
  metadata: undefined,
  extensions: [],
  referenceTaskIds: []
})

const withState = (life: Life, state: TaskState, { now }: Tick, message?: Message): Life => ({
  ...life,
  task: { ...life.task, status: { state, message, timestamp: new Date(now).toISOString() } }
})

const withWords = (life: Life, message: Message): Life => ({
  ...life,
  task: { ...life.task, history: remember(life.task.history, message) }
})

/** To a state without a word, unless it is there. */
const to = (life: Life, state: TaskState, tick: Tick): Step => {
  if (life.task.status?.state === state) return still(life)
  const next = withState(life, state, tick)
  return { life: next, told: [statusTold(next)], isKept: true }
}

/** A question that stands stays in sight. */
const saying = (life: Life, text: string, tick: Tick): Step => {
  const message = own(life, [textPart(text)], tick.id)
  if (life.questions.length > 0) return { life: withWords(life, message), told: [], isKept: true }
  const next = withWords(withState(life, TaskState.TASK_STATE_WORKING, tick, message), message)
  return { life: next, told: [statusTold(next)], isKept: true }
}

/** Told, and not remembered. */
const passing = (life: Life, text: string, tick: Tick): Step => {
  if (isAsking(life.task)) return still(life)
  if (life.task.status?.state !== TaskState.TASK_STATE_WORKING) return to(life, TaskState.TASK_STATE_WORKING, tick)
  const shown = withState(life, TaskState.TASK_STATE_WORKING, tick, own(life, [textPart(text)], tick.id))
  return { life, told: [statusTold(shown)], isKept: false }
}

/** The newest piece waits for the next, so that the last one can be told as the last. */
const streamed = (life: Life, text: string): Step => {
  const { told, held } = life.streamed
  if (held === "") return still({ ...life, streamed: { told, held: text } })
  const next = { ...life, streamed: { told: told + held, held: text } }
  return { life: next, told: [artifactTold(next, answerOf(held), told !== "", false)], isKept: false }
}

const made = (life: Life, artifact: Artifact): Step => {
  const others = life.task.artifacts.filter(({ artifactId }) => artifactId !== artifact.artifactId)
  const next = { ...life, task: { ...life.task, artifacts: [...others, artifact] } }
  return { life: next, told: [artifactTold(next, artifact, false, true)], isKept: true }
}

/** The oldest question is the one that is asked; how many wait behind it stands beside it. */
export const ask = (life: Life, tick: Tick, before = ""): Step => {
  const [first, ...more] = life.questions
  if (first === undefined) return to(life, TaskState.TASK_STATE_WORKING, tick)
  const asked = { ...first.data, waiting: more.length }
  const message = own(life, [textPart(`${before}${first.text}`), dataPart({ question: asked })], tick.id)
  if (isAsking(life.task) && before === "" && askedIn(life.task) === first.id) return { life, told: [], isKept: true }
  const next = withWords(withState(life, TaskState.TASK_STATE_INPUT_REQUIRED, tick, message), message)
  return { life: next, told: [statusTold(next)], isKept: true }
}

/** Id of the question that the status shows. */
const askedIn = ({ status }: Task): string | undefined => {
  const content = status?.message?.parts.find((part) => part.content?.$case === "data")?.content
  return content?.$case === "data" ? content.value?.question?.id : undefined
}

const without = (life: Life, is: (question: Asked) => boolean, tick: Tick): Step => {
  const questions = life.questions.filter((one) => !is(one))
  return questions.length === life.questions.length ? still(life) : ask({ ...life, questions }, tick)
}

/** The caller answered: the work goes on, or asks what it asked next. */
export const settle = (life: Life, id: string, tick: Tick): Step => without(life, (one) => one.id === id, tick)

const states = {
  completed: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  canceled: TaskState.TASK_STATE_CANCELED,
  rejected: TaskState.TASK_STATE_REJECTED,
  asking: TaskState.TASK_STATE_INPUT_REQUIRED
} as const

const ended = (life: Life, messages: ReadonlyArray<string>, end: End, tick: Tick): Step => {
  const open = life.open.filter((id) => !messages.includes(id))
  if (open.length === life.open.length) return still({ ...life, isAside: false })
  const rest: Life = { ...life, open, questions: [], isAside: false }
  // What came while the turn ended is worked on by the next one.
  if (open.length > 0)
    return end.state === "completed" && end.text !== ""
      ? saying({ ...rest, streamed: nothing }, end.text, tick)
      : to({ ...rest, streamed: nothing }, TaskState.TASK_STATE_WORKING, tick)
  return end.state === "completed" ? completed(rest, end, tick) : closed(rest, end, tick)
}

const completed = (life: Life, end: End, tick: Tick): Step => {
  const { told, held } = life.streamed
  const isWhole = told + held === end.text
  const piece = answerOf(isWhole ? held : end.text)
  const others = life.task.artifacts.filter(({ artifactId }) => artifactId !== answerId)
  const artifacts = end.text === "" ? others : [...others, answerOf(end.text)]
  const next = withState(
    { ...life, task: { ...life.task, artifacts }, streamed: nothing, isBare: end.bare === true },
    TaskState.TASK_STATE_COMPLETED,
    tick
  )
  const answer = end.text === "" ? [] : [artifactTold(next, piece, isWhole && told !== "", true)]
  return { life: next, told: [...answer, statusTold(next)], isKept: true }
}

const closed = (life: Life, { state, text }: End, tick: Tick): Step => {
  const message = text === "" ? undefined : own(life, [textPart(text)], tick.id)
  const silent = withState({ ...life, streamed: nothing }, states[state], tick, message)
  const next = message === undefined ? silent : withWords(silent, message)
  return { life: next, told: [statusTold(next)], isKept: true }
}

/** As somebody sees it who comes now: what is streamed belongs to it. */
export const seen = ({ task, streamed: { told } }: Life): Task => {
  if (told === "" || isOver(task)) return task
  return { ...task, artifacts: [...task.artifacts.filter((one) => one.artifactId !== answerId), answerOf(told)] }
}

/** What a peer has told of one task so far: its events laid over each other. */
import type { Message, StreamResponse, Task } from "@a2a-js/sdk"
import { field, pieces, type Piece, textOf } from "./parts.ts"
import { PeerError } from "./peer.ts"

/** In the words of A2A 0.3, which 1.0 writes in capitals. */
export type TaskState =
  | "submitted"
  | "working"
  | "completed"
  | "failed"
  | "canceled"
  | "input-required"
  | "rejected"
  | "auth-required"
  | "unknown"

/** The SDK's numbers; its enumeration would have to be loaded. */
const states: Readonly<Record<number, TaskState>> = {
  1: "submitted",
  2: "working",
  3: "completed",
  4: "failed",
  5: "canceled",
  6: "input-required",
  7: "rejected",
  8: "auth-required"
}

export interface Artifact {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly pieces: ReadonlyArray<Piece>
}

/** As far as it is known. */
export interface TaskView {
  /** Absent: the peer answers with a message and keeps no task. */
  readonly taskId?: string
  readonly contextId?: string
  readonly state: TaskState
  /** What it says of its state, or its message. */
  readonly said: ReadonlyArray<Piece>
  /** In the order of their coming. */
  readonly artifacts: ReadonlyArray<Artifact>
}

/** Artifacts of a task, and parts of an artifact: each event copies them. */
const most = 1000

/** Characters. */
const longestId = 1000

export type TaskEvent = NonNullable<StreamResponse["payload"]>

export const nothingYet: TaskView = { state: "unknown", said: [], artifacts: [] }

/** There will be no more of it until somebody says something. */
export const isSettled = ({ state }: TaskView): boolean => isOver(state) || isWaiting(state)

export const isOver = (state: TaskState): boolean =>
  state === "completed" || state === "failed" || state === "canceled" || state === "rejected"

export const isWaiting = (state: TaskState): boolean => state === "input-required" || state === "auth-required"

/** @param token Of the peer. */
export const withEvent = (view: TaskView, event: TaskEvent, token?: string): TaskView => {
  switch (event.$case) {
    case "message":
      return ofMessage(view, event.value, token)
    case "task":
      return ofTask(view, event.value, token)
    case "statusUpdate":
      return withStatus(named(view, event.value.taskId, event.value.contextId), event.value.status, token)
    case "artifactUpdate": {
      const { taskId, contextId, artifact, append } = event.value
      const next = named(view, taskId, contextId)
      return { ...next, artifacts: withArtifact(next.artifacts, artifact, append, token) }
    }
  }
}

/** What `SendMessage` gives: the SDK tells the two apart by the id of a message. */
export const ofAnswer = (answer: Message | Task): TaskEvent =>
  "messageId" in answer ? { $case: "message", value: answer } : { $case: "task", value: answer }

/** A message is the whole answer; who goes on with it does so in its context. */
const ofMessage = (view: TaskView, message: Message, token: string | undefined): TaskView => ({
  ...named(view, message.taskId, message.contextId),
  state: "completed",
  said: pieces(message.parts, token)
})

/** A whole picture: it takes the place of all there was. */
const ofTask = (view: TaskView, task: Task, token: string | undefined): TaskView => ({
  ...withStatus(named(view, task.id, task.contextId), task.status, token),
  artifacts: list(task.artifacts).reduce<TaskView["artifacts"]>(
    (all, artifact) => withArtifact(all, artifact, false, token),
    []
  )
})

const named = (view: TaskView, task: unknown, context: unknown): TaskView => {
  const [taskId, contextId] = [textOf(task), textOf(context)]
  if (taskId.length > longestId || contextId.length > longestId)
    throw new PeerError("protocol", `it names a task by more than ${longestId} characters`)
  return { ...view, ...(taskId !== "" && { taskId }), ...(contextId !== "" && { contextId }) }
}

/** What it said of an earlier state is not said of this one. */
const withStatus = (view: TaskView, status: unknown, token: string | undefined): TaskView => ({
  ...view,
  state: states[Number(field(status, "state"))] ?? "unknown",
  said: pieces(field(field(status, "message"), "parts"), token)
})

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const withArtifact = (
  all: TaskView["artifacts"],
  given: unknown,
  append: unknown,
  token: string | undefined
): TaskView["artifacts"] => {
  const artifact: Artifact = {
    id: textOf(field(given, "artifactId")),
    name: textOf(field(given, "name")),
    description: textOf(field(given, "description")),
    pieces: pieces(field(given, "parts"), token)
  }
  const at = all.findIndex(({ id }) => id === artifact.id)
  const before = all[at]
  const whole = append === true && before !== undefined ? joined(before.pieces, artifact.pieces) : artifact.pieces
  if (all.length === most || whole.length > most)
    throw new PeerError("protocol", `it sends more than ${most} artifacts, or one of more parts`)
  if (before === undefined) return [...all, artifact]
  return all.with(at, append === true ? { ...before, pieces: whole } : artifact)
}

/** A text that comes piece by piece is one text. */
const joined = (before: ReadonlyArray<Piece>, more: ReadonlyArray<Piece>): ReadonlyArray<Piece> => {
  const last = before.at(-1)
  const [first, ...others] = more
  return last?.type === "text" && first?.type === "text"
    ? [...before.slice(0, -1), { ...last, text: last.text + first.text }, ...others]
    : [...before, ...more]
}

/** A list of tasks, page by page, newest first: a page's mark is where the next one begins, so that none is told twice. */
import { type ListTasksRequest, type ListTasksResponse, type Task, TaskState } from "@a2a-js/sdk"
import { RequestMalformedError } from "@a2a-js/sdk/errors"
import { lifeOf } from "./life-json.ts"
import type { Place, TaskFilter, TaskStore } from "./store.ts"

const usual = 50
const most = 100

/** @throws RequestMalformedError */
export const listed = (
  store: Pick<TaskStore, "countTasks" | "listTasks">,
  owner: string,
  params: ListTasksRequest
): ListTasksResponse => {
  const size = sizeOf(params.pageSize)
  const filter = filterOf(owner, params)
  const rows = store.listTasks(filter, size + 1, placeIn(params.pageToken))
  const page = rows.slice(0, size)
  const last = page.at(-1)
  const tasks = page.map((row) => {
    const { task } = lifeOf(row)
    return cut({ ...task, artifacts: params.includeArtifacts ? task.artifacts : [] }, params.historyLength)
  })
  return {
    tasks,
    nextPageToken: rows.length > size && last !== undefined ? markOf(last) : "",
    pageSize: size,
    totalSize: store.countTasks(filter)
  }
}

/** The newest messages; all of them where no number is given. @throws RequestMalformedError */
export const cut = (task: Task, length: number | undefined): Task => {
  if (length === undefined) return task
  if (!Number.isSafeInteger(length) || length < 0)
    throw new RequestMalformedError("historyLength must be a whole number, 0 or more")
  return { ...task, history: length === 0 ? [] : task.history.slice(-length) }
}

const sizeOf = (asked: number | undefined): number => {
  const size = asked ?? usual
  if (Number.isInteger(size) && size >= 1 && size <= most) return size
  throw new RequestMalformedError(`pageSize must be between 1 and ${most}`)
}

const filterOf = (owner: string, { contextId, status, statusTimestampAfter }: ListTasksRequest): TaskFilter => {
  if (status !== TaskState.TASK_STATE_UNSPECIFIED && (status < 1 || status > 8 || !Number.isInteger(status)))
    throw new RequestMalformedError("status must be a state of a task")
  const since =
    statusTimestampAfter === undefined || statusTimestampAfter === "" ? undefined : Date.parse(statusTimestampAfter)
  if (since !== undefined && Number.isNaN(since))
    throw new RequestMalformedError("statusTimestampAfter must be a time, as in 2026-01-31T12:00:00Z")
  return {
    owner,
    ...(contextId !== "" && { context: contextId }),
    ...(status !== TaskState.TASK_STATE_UNSPECIFIED && { state: status }),
    ...(since !== undefined && { since })
  }
}

const markOf = ({ updated, id }: Place): string => Buffer.from(`${updated} ${id}`).toString("base64url")

const placeIn = (mark: string): Place | undefined => {
  if (mark === "") return undefined
  const found = /^(\d{1,15}) ([0-9a-f-]{36})$/.exec(Buffer.from(mark, "base64url").toString())
  const [, updated, id] = found ?? []
  if (updated === undefined || id === undefined)
    throw new RequestMalformedError("pageToken must be the nextPageToken of an answer")
  return { updated: Number(updated), id }
}

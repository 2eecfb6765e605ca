/** A task's life as a row of the store, and back. */
import { type Message as MessageType, Message, Task } from "@a2a-js/sdk"
import type { Asked } from "./news.ts"
import type { StoredTask } from "./store.ts"
import type { Life } from "./task.ts"

interface Body {
  readonly task: unknown
  readonly open: ReadonlyArray<string>
  readonly questions: ReadonlyArray<Asked>
  readonly isBare: boolean
}

export const stored = (owner: string, { task, open, questions, isBare }: Life): StoredTask => ({
  id: task.id,
  owner,
  context: task.contextId,
  state: Number(task.status?.state ?? 0),
  updated: Date.parse(task.status?.timestamp ?? "") || 0,
  body: JSON.stringify({ task: Task.toJSON(task), open, questions, isBare } satisfies Body)
})

/** Written by us, in this form. */
export const lifeOf = ({ body }: Pick<StoredTask, "body">): Life => {
  const { task, open, questions, isBare } = JSON.parse(body) as Body // as said
  return { task: Task.fromJSON(task), open, questions, isBare, streamed: { told: "", held: "" }, isAside: false }
}

export const bodyOf = (message: MessageType): string => JSON.stringify(Message.toJSON(message))

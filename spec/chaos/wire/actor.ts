/** One who works in a session: says its tasks, some while another runs, answers what is asked, and says again what was not heard. */
import { setTimeout as pause } from "node:timers/promises"
import type { AgentNotice, Question } from "../../../machines/events.ts"
import { type Client, type ClientOptions, openClient } from "./client.ts"

export interface Actor {
  readonly client: Client
  /** Ids of its messages, which are names of tasks. */
  readonly tasks: ReadonlyArray<string>
  /** What it is in the middle of. */
  readonly doing: () => Doing
  readonly isDone: () => boolean
  readonly work: () => Promise<void>
}

export type Doing = "nothing" | "thinking" | "streaming" | "acting" | "asking"

export interface ActorOptions extends Pick<ClientOptions, "url" | "key" | "rewind"> {
  readonly tasks: ReadonlyArray<string>
  /** From 0 to 1, from the run's seed. */
  readonly chance: () => number
}

export const actor = ({ url, key, tasks, chance, rewind }: ActorOptions): Actor => {
  const said: Array<string> = []
  const questions = new Map<string, Question>()
  let doing: Doing = "nothing"

  const say = (task: string): void =>
    void client.send({ type: "message", message_id: task, content: `Please do task ${task}!` })
  const answer = ({ id }: Question): void =>
    void client.send({ type: "permission", id, decision: chance() < 0.1 ? "deny" : "allow" })
  const hear = (event: AgentNotice): void => {
    doing = after(event) ?? doing
    if (event.type === "agent.asked") {
      questions.set(event.id, event)
      setTimeout(() => questions.has(event.id) && answer(event), 30 + chance() * 300)
    }
    for (const [id, { callId }] of questions)
      if (
        (event.type === "agent.answered" && event.id === id) ||
        (event.type === "agent.settled" && event.call.id === callId)
      )
        questions.delete(id)
  }
  const open = (): ReadonlyArray<string> =>
    said.filter((task) => client.responses.every(({ message_id }) => message_id !== task))
  const client = openClient({
    url,
    key,
    ...(rewind === undefined ? {} : { rewind }),
    onEvent: ({ event }) => hear(event),
    onLive: () => {
      open().forEach(say)
      // Answers may have been lost.
      for (const question of questions.values()) answer(question)
    }
  })
  const work = async (): Promise<void> => {
    await client.ready
    for (const [at, task] of tasks.entries()) {
      said.push(task)
      say(task)
      // Every other one is said while the one before is worked on.
      if (at % 2 === 0) await pause(100 + chance() * 600)
      else while (open().length > 0) await pause(20)
    }
    while (open().length > 0) await pause(20)
  }
  return {
    client,
    tasks,
    doing: () => doing,
    isDone: () => said.length === tasks.length && open().length === 0,
    work
  }
}

const after = ({ type }: AgentNotice): Doing | undefined => {
  switch (type) {
    case "agent.started":
    case "agent.settled":
    case "agent.answered":
    case "agent.resumed":
      return "thinking"
    case "agent.text":
      return "streaming"
    case "agent.acting":
      return "acting"
    case "agent.asked":
      return "asking"
    case "agent.replied":
    case "agent.failed":
    case "agent.cancelled":
      return "nothing"
    default:
      return undefined
  }
}

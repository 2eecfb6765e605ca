/** A plain function that works on tasks, one message at a time; what it was at is lost with its process, and said to be. */
import { type Artifact, type Message, Role, type Task } from "@a2a-js/sdk"
import { randomUUID } from "node:crypto"
import type { HandParts, OpenHand, Order } from "./hand.ts"
import type { End } from "./news.ts"
import { dataPart, textPart } from "./task.ts"

/** What came, as far as most functions look at it. */
export interface ReceivedMessage {
  /** As the caller made it. */
  readonly id: string
  /** Its text parts, one below the other. */
  readonly text: string
  /** Its data parts. */
  readonly data: ReadonlyArray<unknown>
  /** Its files; `bytes` or `url`. */
  readonly files: ReadonlyArray<{
    readonly name: string
    readonly mime: string
    readonly bytes?: Uint8Array
    readonly url?: string
  }>
}

/** One result, as a text, as data, as a file's bytes or as its address. */
export interface Made {
  /** Default: made up. What is made again under an id replaces what was. */
  readonly id?: string
  readonly name?: string
  readonly text?: string
  readonly data?: unknown
  readonly bytes?: Uint8Array
  readonly url?: string
  readonly mime?: string
}

/** A text is the answer, and ends the task, as nothing does. */
export type AgentAnswer =
  | string
  | void
  | { readonly text?: string; readonly artifacts?: ReadonlyArray<Made> }
  /** The task waits for a further message, with which the function is called again. */
  | { readonly ask: string }
  | { readonly reject: string }
  | { readonly fail: string }
  /** An answer without a task, where the caller waits for one; else as a text. */
  | { readonly message: string }

export interface TaskAtHand {
  readonly id: string
  readonly context: string
  /** What was said in it before, oldest first. */
  readonly history: ReadonlyArray<{ readonly from: "caller" | "agent"; readonly text: string }>
  /** Aborts when the task is cancelled or the server stops. */
  readonly signal: AbortSignal
  /** A word on the way. */
  readonly say: (text: string) => void
  /** A piece of the answer, for those who read along. */
  readonly stream: (piece: string) => void
  readonly make: (made: Made) => void
}

/** Whoever answers messages. A throw fails the task with its message. */
export type Agent = (message: ReceivedMessage, task: TaskAtHand) => AgentAnswer | Promise<AgentAnswer>

export const functionHands =
  (agent: Agent): OpenHand =>
  (parts) => {
    const { tell } = parts
    let work: Promise<void> = Promise.resolve()
    let stop = new AbortController()
    let running: string | undefined

    const run = async (order: Order, { signal }: AbortController): Promise<void> => {
      const messages = [order.id]
      if (signal.aborted) return tell({ type: "ended", messages, end: canceled })
      running = order.id
      tell({ type: "started", messages })
      const end = await ended(agent, order, parts, signal)
      if (!signal.aborted) tell({ type: "ended", messages, end })
      running = undefined
    }

    return {
      say: async (order) => {
        const control = stop
        work = work.then(() => run(order, control))
      },
      answer: () => {},
      cancel: () => {
        stop.abort()
        stop = new AbortController()
        if (running !== undefined) tell({ type: "ended", messages: [running], end: canceled })
      },
      resume: async (orders) => {
        for (const { id } of orders) tell({ type: "ended", messages: [id], end: gone })
      },
      close: async () => stop.abort()
    }
  }

const canceled: End = { state: "canceled", text: "" }

const gone: End = { state: "failed", text: "the process that worked on it has ended; send the message again" }

const ended = async (agent: Agent, order: Order, parts: HandParts, signal: AbortSignal): Promise<End> => {
  const { message, task } = order
  const make = (made: Made): void => {
    if (signal.aborted) return
    const { artifact, bytes } = artifactOf(made)
    parts.tell({ type: "made", artifact }, undefined, bytes)
  }
  try {
    const answer = await agent(receivedOf(message), {
      id: task.id,
      context: task.contextId,
      history: before(task, message).map(({ role, parts: said }) => ({
        from: role === Role.ROLE_AGENT ? "agent" : "caller",
        text: textIn(said)
      })),
      signal,
      say: (text) => void (signal.aborted || parts.tell({ type: "narrated", text })),
      stream: (text) => void (signal.aborted || parts.tell({ type: "piece", text })),
      make
    })
    return endOf(answer, make)
  } catch (error) {
    return { state: "failed", text: error instanceof Error ? error.message : String(error) }
  }
}

const before = ({ history }: Task, { messageId }: Message): ReadonlyArray<Message> => {
  const at = history.findLastIndex((one) => one.messageId === messageId)
  return at < 0 ? history : history.slice(0, at)
}

const endOf = (answer: AgentAnswer, make: (made: Made) => void): End => {
  if (answer === undefined) return { state: "completed", text: "" }
  if (typeof answer === "string") return { state: "completed", text: answer }
  if ("ask" in answer) return { state: "asking", text: answer.ask }
  if ("reject" in answer) return { state: "rejected", text: answer.reject }
  if ("fail" in answer) return { state: "failed", text: answer.fail }
  if ("message" in answer) return { state: "completed", text: answer.message, bare: true }
  for (const made of answer.artifacts ?? []) make(made)
  return { state: "completed", text: answer.text ?? "" }
}

const textIn = (parts: Message["parts"]): string =>
  parts.flatMap(({ content }) => (content?.$case === "text" ? [content.value] : [])).join("\n")

const receivedOf = ({ messageId, parts }: Message): ReceivedMessage => ({
  id: messageId,
  text: textIn(parts),
  data: parts.flatMap(({ content }) => (content?.$case === "data" ? [content.value] : [])),
  files: parts.flatMap(({ content, filename: name, mediaType: mime }): ReceivedMessage["files"] => {
    if (content?.$case === "raw") return [{ name, mime, bytes: content.value }]
    return content?.$case === "url" ? [{ name, mime, url: content.value }] : []
  })
})

/** Bytes are kept apart, and put in where somebody takes them. */
const artifactOf = (made: Made): { readonly artifact: Artifact; readonly bytes?: Uint8Array } => {
  const { id = randomUUID(), name = "", text, data, bytes, url, mime } = made
  const described = { filename: bytes === undefined && url === undefined ? "" : name, ...(mime && { mediaType: mime }) }
  const part: Task["artifacts"][number]["parts"][number] =
    bytes !== undefined
      ? { content: undefined, metadata: { size: bytes.length }, mediaType: "application/octet-stream", filename: name }
      : url !== undefined
        ? { content: { $case: "url", value: url }, metadata: undefined, mediaType: "", filename: name }
        : text !== undefined
          ? textPart(text)
          : dataPart(data)
  const artifact = {
    artifactId: id,
    name,
    description: "",
    parts: [{ ...part, ...described }],
    metadata: undefined,
    extensions: []
  }
  return { artifact, ...(bytes !== undefined && { bytes }) }
}

/** Agents on the official SDK's own servers, of A2A 1.0 and of 0.3, that do what the first word of a message says. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import express, { type Express } from "express"
import { type AgentCard, type Message, Role, type Task, TaskState } from "@a2a-js/sdk"
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  type RequestContext
} from "@a2a-js/sdk/server"
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from "@a2a-js/sdk/server/express"
import type { AgentCard as OldCard, Message as OldMessage, Part as OldPart, TaskState as OldState } from "a2a-sdk-0.3"
import * as old from "a2a-sdk-0.3/server"
import * as oldExpress from "a2a-sdk-0.3/server/express"

export interface Served {
  readonly url: string
  readonly port: number
  /** Ids of the tasks that were cancelled. */
  readonly cancelled: ReadonlyArray<string>
  readonly close: () => Promise<void>
}

export const listen = async (handler: Parameters<typeof createServer>[1]): Promise<Omit<Served, "cancelled">> => {
  const server: Server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, port, close }
}

/** What an agent does, told to whoever writes it in the words of a version. */
interface Script {
  readonly working: (text: string) => void
  readonly artifact: (id: string, text: string, append: boolean) => void
  readonly file: (name: string, bytes: Buffer) => void
  readonly end: (state: "completed" | "failed" | "rejected" | "input-required" | "auth-required", text: string) => void
  /** Resolves when it is cancelled. */
  readonly cancelled: Promise<void>
}

interface Said {
  readonly text: string
  /** What else the message held, by kind. */
  readonly others: ReadonlyArray<string>
  readonly isFollowUp: boolean
}

const act = async ({ text, others, isFollowUp }: Said, script: Script): Promise<void> => {
  const [verb = "", ...words] = text.split(" ")
  if (isFollowUp) return script.end("completed", `you chose ${text}`)
  switch (verb) {
    case "artifact":
      script.working("I write it")
      script.artifact("poem", "roses ", false)
      script.artifact("poem", "are red", true)
      script.file("report.bin", Buffer.from([0, 1, 2, 3]))
      return script.end("completed", "there it is")
    case "ask":
      return script.end("input-required", "which colour?")
    case "login":
      return script.end("auth-required", "log in at the bank")
    case "fail":
      return script.end("failed", "the disk is full")
    case "reject":
      return script.end("rejected", "I do no mathematics")
    case "wait":
      script.working("I wait")
      return script.cancelled
    default:
      return script.end("completed", [`echo ${words.join(" ")}`, ...others].join(" "))
  }
}

const numbers: Readonly<Record<string, TaskState>> = {
  working: TaskState.TASK_STATE_WORKING,
  completed: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  rejected: TaskState.TASK_STATE_REJECTED,
  "input-required": TaskState.TASK_STATE_INPUT_REQUIRED,
  "auth-required": TaskState.TASK_STATE_AUTH_REQUIRED,
  canceled: TaskState.TASK_STATE_CANCELED
}

const message = (text: string, contextId: string, taskId: string): Message => ({
  messageId: crypto.randomUUID(),
  contextId,
  taskId,
  role: Role.ROLE_AGENT,
  parts: [{ content: { $case: "text", value: text }, filename: "", mediaType: "text/plain", metadata: undefined }],
  metadata: undefined,
  extensions: [],
  referenceTaskIds: []
})

class Agent implements AgentExecutor {
  readonly cancelled: Array<string> = []
  readonly #stops = new Map<string, () => void>()

  execute = async ({ userMessage, task, taskId, contextId }: RequestContext, bus: ExecutionEventBus): Promise<void> => {
    const text = userMessage.parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("")
    const others = userMessage.parts.flatMap(({ content, filename }) =>
      content === undefined || content.$case === "text" ? [] : `${content.$case}:${filename}`
    )
    if (text.startsWith("message ")) {
      bus.publish(AgentEvent.message(message(text.slice(8), contextId, "")))
      return bus.finished()
    }
    // As the SDK's own samples do: a task that is gone on with is first shown as it was.
    bus.publish(AgentEvent.task(task ?? newTask(taskId, contextId, userMessage)))
    const status = (state: string, said: string): void =>
      bus.publish(
        AgentEvent.statusUpdate({
          taskId,
          contextId,
          status: {
            state: numbers[state] ?? TaskState.UNRECOGNIZED,
            message: message(said, contextId, taskId),
            timestamp: new Date().toISOString()
          },
          metadata: undefined
        })
      )
    const artifact = (artifactId: string, part: Message["parts"][number], append: boolean): void =>
      bus.publish(
        AgentEvent.artifactUpdate({
          taskId,
          contextId,
          artifact: {
            artifactId,
            name: artifactId,
            description: "",
            parts: [part],
            metadata: undefined,
            extensions: []
          },
          append,
          lastChunk: false,
          metadata: undefined
        })
      )
    const stop = Promise.withResolvers<void>()
    this.#stops.set(taskId, stop.resolve)
    await act(
      { text, others, isFollowUp: task !== undefined },
      {
        working: (said) => status("working", said),
        artifact: (id, said, append) => artifact(id, message(said, "", "").parts[0]!, append),
        file: (filename, bytes) =>
          artifact(
            filename,
            {
              content: { $case: "raw", value: bytes },
              filename,
              mediaType: "application/octet-stream",
              metadata: undefined
            },
            false
          ),
        end: (state, said) => status(state, said),
        cancelled: stop.promise
      }
    )
    bus.finished()
  }

  cancelTask = async (taskId: string, bus: ExecutionEventBus): Promise<void> => {
    this.cancelled.push(taskId)
    bus.publish(
      AgentEvent.statusUpdate({
        taskId,
        contextId: "",
        status: { state: TaskState.TASK_STATE_CANCELED, message: undefined, timestamp: undefined },
        metadata: undefined
      })
    )
    this.#stops.get(taskId)?.()
  }
}

const newTask = (id: string, contextId: string, userMessage: Message): Task => ({
  id,
  contextId,
  status: { state: TaskState.TASK_STATE_SUBMITTED, message: undefined, timestamp: undefined },
  artifacts: [],
  history: [userMessage],
  metadata: undefined
})

export interface AgentOptions {
  /** Default `JSONRPC`. */
  readonly binding?: "JSONRPC" | "HTTP+JSON"
  /** Default true. */
  readonly streaming?: boolean
  /** Changes what is served, and sees what is asked. */
  readonly front?: (app: Express) => void
}

export const cardOf = (url: string, { binding = "JSONRPC", streaming = true }: AgentOptions): AgentCard => ({
  name: "Sample",
  description: "Does what it is told",
  version: "3.2.1",
  provider: undefined,
  supportedInterfaces: [{ url: `${url}/a2a`, protocolBinding: binding, tenant: "", protocolVersion: "1.0" }],
  capabilities: { streaming, pushNotifications: false, extensions: [] },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [
    {
      id: "echo",
      name: "Echo",
      description: "Says it again",
      tags: ["echo"],
      examples: [],
      inputModes: [],
      outputModes: [],
      securityRequirements: []
    }
  ],
  signatures: []
})

/** An agent of A2A 1.0, and of nothing else. */
export const newAgent = async (options: AgentOptions = {}): Promise<Served> => {
  const app = express()
  const served = await listen(app)
  const agent = new Agent()
  const requestHandler = new DefaultRequestHandler(cardOf(served.url, options), new InMemoryTaskStore(), agent)
  const userBuilder = UserBuilder.noAuthentication
  options.front?.(app)
  app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }))
  const handler = options.binding === "HTTP+JSON" ? restHandler : jsonRpcHandler
  app.use("/a2a", handler({ requestHandler, userBuilder }))
  return { ...served, cancelled: agent.cancelled }
}

class OldAgent implements old.AgentExecutor {
  readonly cancelled: Array<string> = []
  readonly #stops = new Map<string, () => void>()

  execute = async (
    { userMessage, task, taskId, contextId }: old.RequestContext,
    bus: old.ExecutionEventBus
  ): Promise<void> => {
    const text = userMessage.parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
    const others = userMessage.parts.flatMap((part) =>
      part.kind === "text" ? [] : part.kind === "file" ? `raw:${part.file.name}` : part.kind
    )
    const said = (words: string): OldMessage => ({
      kind: "message",
      messageId: crypto.randomUUID(),
      role: "agent",
      parts: [{ kind: "text", text: words }],
      contextId
    })
    if (text.startsWith("message ")) {
      bus.publish(said(text.slice(8)))
      return bus.finished()
    }
    bus.publish(task ?? { kind: "task", id: taskId, contextId, status: { state: "submitted" }, history: [userMessage] })
    const status = (state: OldState, words: string, final: boolean): void =>
      bus.publish({ kind: "status-update", taskId, contextId, status: { state, message: said(words) }, final })
    const artifact = (artifactId: string, part: OldPart, append: boolean): void =>
      bus.publish({
        kind: "artifact-update",
        taskId,
        contextId,
        artifact: { artifactId, name: artifactId, parts: [part] },
        append
      })
    const stop = Promise.withResolvers<void>()
    this.#stops.set(taskId, stop.resolve)
    await act(
      { text, others, isFollowUp: task !== undefined },
      {
        working: (words) => status("working", words, false),
        artifact: (id, words, append) => artifact(id, { kind: "text", text: words }, append),
        file: (name, bytes) => artifact(name, { kind: "file", file: { name, bytes: bytes.toString("base64") } }, false),
        end: (state, words) => status(state, words, true),
        cancelled: stop.promise
      }
    )
    bus.finished()
  }

  cancelTask = async (taskId: string, bus: old.ExecutionEventBus): Promise<void> => {
    this.cancelled.push(taskId)
    bus.publish({ kind: "status-update", taskId, contextId: "", status: { state: "canceled" }, final: true })
    this.#stops.get(taskId)?.()
  }
}

/** An agent of A2A 0.3, which has never heard of 1.0. */
export const oldAgent = async (options: AgentOptions = {}): Promise<Served> => {
  const { binding = "JSONRPC", streaming = true } = options
  const app = express()
  const served = await listen(app)
  const card: OldCard = {
    name: "Old sample",
    description: "Does what it is told",
    protocolVersion: "0.3.0",
    version: "1.0.0",
    url: `${served.url}/a2a`,
    preferredTransport: binding,
    skills: [{ id: "echo", name: "Echo", description: "Says it again", tags: ["echo"] }],
    capabilities: { streaming },
    defaultInputModes: ["text"],
    defaultOutputModes: ["text"]
  }
  const agent = new OldAgent()
  const requestHandler = new old.DefaultRequestHandler(card, new old.InMemoryTaskStore(), agent)
  const userBuilder = oldExpress.UserBuilder.noAuthentication
  options.front?.(app)
  app.use("/.well-known/agent-card.json", oldExpress.agentCardHandler({ agentCardProvider: requestHandler }))
  const handler = binding === "HTTP+JSON" ? oldExpress.restHandler : oldExpress.jsonRpcHandler
  app.use("/a2a", handler({ requestHandler, userBuilder }))
  return { ...served, cancelled: agent.cancelled }
}

/** An A2A peer in this process, of a function or of a scripted agent, and what callers say to it. Gone after the spec that asked for it. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Message,
  type Part,
  Role,
  type SendMessageRequest,
  type StreamResponse,
  type Task,
  TaskState
} from "@a2a-js/sdk"
import { type Client, ClientFactory, JsonRpcTransportFactory, RestTransportFactory } from "@a2a-js/sdk/client"
import { onTestFinished } from "vitest"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { A2aOptions, A2aServed } from "../../../channels/a2a/embedded.ts"
import { type Agent, type A2aOptions as Options, serveA2a } from "../../../channels/server.ts"
import { scripted, type ScriptSource } from "../../../llm/scripted.ts"

export const keys = { ann: "key-of-ann-0123456", bob: "key-of-bob-0123456" }

const users = [
  { name: "ann", key: keys.ann },
  { name: "bob", key: keys.bob }
]

/** What was logged is a bug, unless the spec looks at it. */
export interface Peer extends A2aServed {
  readonly logged: ReadonlyArray<string>
}

export const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "kintsugi-a2a-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export const peerOf = async (options: A2aOptions): Promise<Peer> => {
  const logged: Array<string> = []
  const peer = await serveA2a({ keys: users, onError: (message) => void logged.push(message), ...options })
  onTestFinished(() => peer.stop(0))
  return { ...peer, logged }
}

export const functionPeer = (agent: Agent, more: Partial<Options> = {}): Promise<Peer> => peerOf({ agent, ...more })

export interface AgentPeer extends Peer {
  readonly runtime: Runtime
}

/** @param data Given: sessions and tasks stand there, for another peer after this one. */
export const agentPeer = async (
  rules: ScriptSource["rules"],
  { data, cwd = folder(), ...more }: Partial<Options> & { readonly cwd?: string } & Pick<RuntimeOptions, "plugins"> = {}
): Promise<AgentPeer> => {
  const { plugins, ...options } = more
  const runtime = await createRuntime({
    cwd,
    env: {},
    model: await scripted({ rules }),
    ...(data !== undefined && { data }),
    ...(plugins !== undefined && { plugins })
  })
  onTestFinished(() => runtime.close())
  const peer = await peerOf({ runtime, ...(data !== undefined && { data }), ...options })
  return { ...peer, runtime }
}

/** The SDK's own client. */
export const client = (
  { url }: Pick<A2aServed, "url">,
  {
    key = keys.ann,
    transport = "JSONRPC"
  }: { readonly key?: string; readonly transport?: "JSONRPC" | "HTTP+JSON" } = {}
): Promise<Client> => {
  const fetchImpl: typeof fetch = (input, init) =>
    fetch(input, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${key}` }
    })
  return new ClientFactory({
    transports: [new JsonRpcTransportFactory({ fetchImpl }), new RestTransportFactory({ fetchImpl })],
    preferredTransports: [transport]
  }).createFromUrl(url)
}

export const part = (text: string): Part => ({
  content: { $case: "text", value: text },
  metadata: undefined,
  filename: "",
  mediaType: ""
})

export const data = (value: unknown): Part => ({ ...part(""), content: { $case: "data", value } })

export interface Saying {
  readonly taskId?: string
  readonly contextId?: string
  readonly parts?: Array<Part>
  readonly isImmediate?: boolean
  readonly historyLength?: number
}

export const saying = (text: string, { parts = [part(text)], ...more }: Saying = {}): SendMessageRequest => ({
  tenant: "",
  message: {
    messageId: randomUUID(),
    contextId: more.contextId ?? "",
    taskId: more.taskId ?? "",
    role: Role.ROLE_USER,
    parts,
    metadata: undefined,
    extensions: [],
    referenceTaskIds: []
  },
  configuration: {
    acceptedOutputModes: [],
    taskPushNotificationConfig: undefined,
    historyLength: more.historyLength,
    returnImmediately: more.isImmediate ?? false
  },
  metadata: undefined
})

export const taskIn = (result: Message | Task): Task => {
  if ("messageId" in result) throw new Error(`a message came, and no task: ${textIn(result.parts)}`)
  return result
}

export const textIn = (parts: ReadonlyArray<Part> = []): string =>
  parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("")

export const stateOf = ({ status }: Pick<Task, "status">): string =>
  String(TaskState[status?.state ?? 0]).replace("TASK_STATE_", "")

export const answerIn = ({ artifacts }: Task): string => textIn(artifacts.find((one) => one.name === "answer")?.parts)

/** Events as short words: `WORKING`, `answer: text`, `answer+ text` for what is appended; a `.` behind the last piece. */
export const told = async (stream: AsyncIterable<StreamResponse>): Promise<ReadonlyArray<string>> => {
  const words: Array<string> = []
  for await (const { payload } of stream) words.push(wordOf(payload))
  return words
}

export const wordOf = (payload: StreamResponse["payload"]): string => {
  switch (payload?.$case) {
    case "task":
      return `task ${stateOf(payload.value)}`
    case "statusUpdate": {
      const said = textIn(payload.value.status?.message?.parts)
      return said === "" ? stateOf(payload.value) : `${stateOf(payload.value)}: ${said}`
    }
    case "artifactUpdate": {
      const { artifact, append, lastChunk } = payload.value
      return `${artifact?.name}${append ? "+" : ":"} ${textIn(artifact?.parts)}${lastChunk ? "." : ""}`
    }
    default:
      return String(payload?.$case)
  }
}

export interface Rpc {
  readonly status: number
  readonly type: string | null
  readonly body: {
    readonly id?: unknown
    readonly result?: Record<string, unknown>
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
  }
}

/** As any program speaks it. @param version Empty: no header. */
export const rpc = async (
  { jsonrpc }: Pick<A2aServed, "jsonrpc">,
  body: unknown,
  {
    version = "1.0",
    key = keys.ann,
    headers = {}
  }: { readonly version?: string; readonly key?: string; readonly headers?: Record<string, string> } = {}
): Promise<Rpc> => {
  const response = await fetch(jsonrpc, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(version !== "" && { "a2a-version": version }),
      ...headers
    },
    body: typeof body === "string" ? body : JSON.stringify(body)
  })
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: (await response.json()) as Rpc["body"]
  } // what the spec expects
}

export const call = (method: string, params: unknown = {}, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params })

/** Resolves when it is so. */
export const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 10))
}

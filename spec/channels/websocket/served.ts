/** A server in this process with a real runtime behind it, and clients of it. Everything is gone after the spec that asked for it. */
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type ClientRequestArgs, type IncomingMessage, request } from "node:http"
import { connect as dial, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"
import WebSocket, { type ClientOptions } from "ws"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import { serveWebSocket, type ServeOptions, type Serving } from "../../../channels/websocket/serve.ts"
import type { InFrame, OutFrame } from "../../../channels/wire/frames.ts"
import { type Hub, type HubLimits, openHub } from "../../../channels/wire/hub.ts"
import { checkScript, type ScriptSource } from "../../../llm/dialects/script.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import { holding } from "../holding.ts"

/** `hold` works until it is released; `big` says very much; anything else is said again. */
const rules: ScriptSource["rules"] = [
  { when: "^hold", turns: [{ calls: [{ tool: "hold", input: {} }] }, { text: "held" }] },
  { when: "^write", turns: [{ calls: [{ tool: "hold", input: { write: true } }] }, { text: "written" }] },
  { when: "^big", turns: [{ text: "x".repeat(3_000_000) }] },
  { when: ".*", turns: [{ text: "You said: {{message}}" }] }
]

export const keys = { ann: "key-of-ann-0123456", bob: "key-of-bob-0123456" }

export interface Served {
  readonly serving: Serving
  readonly runtime: Runtime
  readonly hub: Hub
  readonly port: number
  /** Calls of `hold` that were made so far go on. */
  readonly release: () => void
  readonly connect: (options?: ClientOptions) => Promise<Client>
}

export interface More extends Partial<ServeOptions> {
  readonly hubLimits?: Partial<HubLimits>
}

export const serve = async (more: More = {}): Promise<Served> => {
  const { hubLimits, ...options } = more
  const cwd = mkdtempSync(join(tmpdir(), "kintsugi-websocket-"))
  const { hold, release } = holding()
  const runtime = await createRuntime({
    cwd,
    env: {},
    model: scripted({ id: "scripted/spec", script: checkScript("spec.yaml", { rules }) }),
    plugins: [definePlugin({ name: "holding", tools: [hold] })],
    settings: { permissions: { mode: "auto" } }
  })
  const place = { cwd, permissions: "auto" } as const
  const hub = openHub({ runtime, version: "0", place, models: async () => [], limits: hubLimits ?? {} })
  const users = [
    { name: "ann", key: keys.ann },
    { name: "bob", key: keys.bob }
  ]
  const serving = await serveWebSocket({ hub, health: runtime, keys: users, ...options })
  onTestFinished(async () => {
    release()
    await serving.stop(0)
    await runtime.close()
    rmSync(cwd, { recursive: true })
  })
  return { serving, runtime, hub, port: serving.port, release, connect: (given) => connect(serving.port, given) }
}

export interface Client {
  readonly socket: WebSocket
  readonly frames: ReadonlyArray<OutFrame>
  readonly say: (frame: InFrame | string | Buffer) => void
  /** The first that was not asked for before and is such. */
  readonly next: <Type extends OutFrame["type"]>(
    type: Type,
    is?: (frame: Extract<OutFrame, { type: Type }>) => boolean
  ) => Promise<Extract<OutFrame, { type: Type }>>
  /** With which code it was closed, and why. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export const as = (key: string): ClientOptions => ({ headers: { authorization: `Bearer ${key}` } })

/** Rejects with the refusal's status and text when there is no upgrade. */
export const connect = async (port: number, options: ClientOptions = as(keys.ann)): Promise<Client> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, options)
  onTestFinished(() => socket.terminate())
  const frames: Array<OutFrame> = []
  const seen = new Set<OutFrame>()
  const news = new Set<() => void>()
  const closed = Promise.withResolvers<Awaited<Client["closed"]>>()
  const tell = (): void => {
    for (const one of news) one()
  }
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)))
    tell()
  })
  socket.once("close", (code, reason) => {
    closed.resolve({ code, reason: String(reason) })
    tell()
  })
  const refused = Promise.withResolvers<never>()
  socket.once("unexpected-response", (_, response: IncomingMessage) => {
    void text(response).then((body) => refused.reject(new Error(`${response.statusCode}: ${body}`)))
  })
  await Promise.race([once(socket, "open"), refused.promise])
  socket.on("error", () => {})
  return {
    socket,
    frames,
    say: (frame) => socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    next: async (type, is = () => true) => {
      for (;;) {
        const found = frames.find((one): one is Extract<OutFrame, { type: typeof type }> => {
          return one.type === type && !seen.has(one) && is(one as Extract<OutFrame, { type: typeof type }>)
        })
        if (found !== undefined) {
          seen.add(found)
          return found
        }
        if (socket.readyState === socket.CLOSED) throw new Error(`closed before any ${type} came`)
        await new Promise<void>((resolve) => {
          const told = (): void => {
            news.delete(told)
            resolve()
          }
          news.add(told)
        })
      }
    },
    closed: closed.promise
  }
}

/** A plain connection that says what it is told, and all that is answered until the far side closes it. */
export const raw = async (port: number, said: string | Buffer): Promise<string> => {
  const socket = await plug(port)
  socket.write(said)
  return text(socket).catch(() => "")
}

export const plug = async (port: number): Promise<Socket> => {
  const socket = dial({ port, host: "127.0.0.1" })
  onTestFinished(() => void socket.destroy())
  await once(socket, "connect")
  socket.on("error", () => {})
  return socket
}

/** The head of an upgrade; `more` are further lines, or the same ones with another value. */
export const upgrade = (more: Readonly<Record<string, string>> = {}, line = "GET /ws HTTP/1.1"): string => {
  const lines = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...more
  }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line}\r\n${head.join("")}\r\n`
}

/** How many this process may have. */
export const openFiles = (): number => {
  const report = Object(process.report?.getReport()) as {
    userLimits?: { open_files?: { soft?: number | "unlimited" } }
  }
  const soft = report.userLimits?.open_files?.soft ?? 0
  return soft === "unlimited" ? Infinity : soft
}

export interface Answer {
  readonly code: number | undefined
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export const get = async (port: number, path: string, more: ClientRequestArgs = {}): Promise<Answer> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, agent: false, ...more }, resolve)
      .once("error", reject)
      .end()
  })
  return { code: response.statusCode, headers: response.headers, body: await text(response) }
}

/** The far side of a connection, played by a spec: it answers as it is told, breaks off, falls silent, and comes back. */
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import type { InFrame, OutFrame } from "../../../channels/wire/frames.ts"
import type { AgentNotice } from "../../../machines/events.ts"

export interface FakeServer extends AsyncDisposable {
  readonly port: number
  /** Every frame of every connection, in order. */
  readonly received: Array<InFrame>
  /** Connections that were made so far. */
  readonly connections: () => number
  /** What a frame is answered with; by default as a server with one session would. */
  answer: (frame: InFrame) => ReadonlyArray<OutFrame>
  /** To everybody who is connected, also what is no frame. */
  readonly say: (...frames: ReadonlyArray<OutFrame | string>) => void
  /** Numbers it and says it. */
  readonly tell: (...notices: ReadonlyArray<AgentNotice>) => void
  readonly drop: (code?: number, reason?: string) => void
  /** Nobody gets in. */
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Resolves when a frame of this type has come that many times. */
  readonly got: (type: InFrame["type"], times?: number) => Promise<void>
}

export type SessionFrame = Extract<OutFrame, { type: "session" }>

export const sessionFrame = (change: Partial<SessionFrame> = {}): SessionFrame => ({
  type: "session",
  session_id: "s1",
  title: "",
  cwd: "/there",
  model: "scripted/x",
  permissions: "ask",
  state: "idle",
  last: 0,
  since: 0,
  context_used: 0,
  spent: { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0 },
  limits: {},
  transcript: [],
  questions: [],
  background: [],
  tools: [{ name: "execute_bash", description: "Run it." }],
  notices: [],
  ...change
})

export const nothing = { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0 }

export const fakeServer = async (): Promise<FakeServer> => {
  let server: WebSocketServer
  let port = 0
  let [count, seq] = [0, 0]
  const sockets = new Set<WebSocket>()
  const received: Array<InFrame> = []
  const told: Array<OutFrame> = []
  let watchers: Array<() => void> = []

  const usual = (frame: InFrame): ReadonlyArray<OutFrame> => {
    const { request_id } = "request_id" in frame ? frame : {}
    const back = request_id === undefined ? {} : { request_id }
    switch (frame.type) {
      case "auth":
        return [{ type: "auth_response", success: true, protocol: 1, session_id: "s0", user: "me", operator: true }]
      case "open":
      case "view":
        return [{ ...sessionFrame({ last: seq, since: seq }), ...back }]
      case "resume":
        return [
          { type: "resumed", session_id: "s1", after: frame.after, last: seq, ...back },
          ...told.slice(frame.after)
        ]
      case "leave":
        return [{ type: "closed", session_id: "s1", ...back }]
      case "ping":
        return [{ type: "pong" }]
      case "message":
        return [{ type: "status", status: "processing", message_id: frame.message_id, session_id: "s1" }]
      default:
        return [{ type: "ok", session_id: "s1", ...back }]
    }
  }

  const start = async (): Promise<void> => {
    server = new WebSocketServer({ port, host: "127.0.0.1" })
    server.on("connection", (socket) => {
      count++
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
      socket.on("message", (data: Buffer) => {
        const frame: InFrame = JSON.parse(data.toString())
        received.push(frame)
        for (const out of fake.answer(frame)) socket.send(JSON.stringify(out))
        watchers.forEach((look) => look())
      })
    })
    await once(server, "listening")
    port = (server.address() as AddressInfo).port
  }
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  const say: FakeServer["say"] = (...frames) => {
    for (const frame of frames)
      for (const socket of sockets) socket.send(typeof frame === "string" ? frame : JSON.stringify(frame))
  }
  await start()
  const fake: FakeServer = {
    get port() {
      return port
    },
    received,
    connections: () => count,
    answer: usual,
    say,
    tell: (...notices) => {
      for (const event of notices) {
        const frame: OutFrame = { type: "event", seq: ++seq, at: seq, event, session_id: "s1" }
        told.push(frame)
        say(frame)
      }
    },
    drop: (code, reason) => {
      for (const socket of sockets) {
        if (code === undefined) socket.terminate()
        else socket.close(code, reason)
      }
    },
    stop,
    start,
    got: (type, times = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.filter((frame) => frame.type === type).length < times) return
          watchers = watchers.filter((one) => one !== look)
          resolve()
        }
        watchers.push(look)
        look()
      }),
    [Symbol.asyncDispose]: stop
  }
  return fake
}

/** A peer written at the wire, byte by byte where it has to be: for what no SDK's server would do. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { listen, type Served } from "./agents.ts"

export interface Asked {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly id: unknown
}

export interface WirePeer extends Omit<Served, "cancelled"> {
  /** What came, in order: `GET /path` or the method of JSON-RPC. */
  readonly heard: ReadonlyArray<string>
  readonly authorizations: ReadonlyArray<string | undefined>
}

export type Act = (response: ServerResponse, asked: Asked, request: IncomingMessage) => void

export interface WireOptions {
  /** Told the address of the peer; default a card of 1.0 that streams, over JSON-RPC at /rpc. */
  readonly card?: (url: string) => unknown
  /** By method; what is not there is not found. */
  readonly on?: Readonly<Record<string, Act>>
  /** What it does before anything else; true: that was all. */
  readonly first?: (request: IncomingMessage, response: ServerResponse) => boolean
}

export const card = (url: string, more: object = {}): object => ({
  name: "Wire",
  description: "",
  version: "1",
  supportedInterfaces: [{ url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [],
  ...more
})

export const wirePeer = async ({ card: made = card, on = {}, first = () => false }: WireOptions): Promise<WirePeer> => {
  const heard: Array<string> = []
  const authorizations: Array<string | undefined> = []
  const served = await listen((request, response) => {
    authorizations.push(request.headers.authorization)
    if (first(request, response)) return
    if (request.method === "GET") {
      heard.push(`GET ${request.url}`)
      if (request.url !== "/.well-known/agent-card.json") return void response.writeHead(404).end()
      return void response.setHeader("content-type", "application/json").end(JSON.stringify(made(served.url)))
    }
    void bodyOf(request).then((asked) => {
      heard.push(asked.method)
      const act = on[asked.method]
      if (act !== undefined) return act(response, asked, request)
      fail(-32_601, "Method not found")(response, asked, request)
    })
  })
  return { ...served, heard, authorizations }
}

const bodyOf = async (request: IncomingMessage): Promise<Asked> => {
  let body = ""
  for await (const piece of request) body += String(piece)
  return JSON.parse(body) as Asked
}

/** One whole answer. */
export const answer =
  (result: object): Act =>
  (response, { id }) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }))

export const fail =
  (code: number, message: string): Act =>
  (response, { id }) =>
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }))

/** Events, and then what `then` does with the connection; default: it ends. */
export const events =
  (all: ReadonlyArray<object>, then: (response: ServerResponse) => void = (response) => response.end()): Act =>
  (response, { id }) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders()
    for (const result of all) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`)
    then(response)
  }

/** One after the other; the last one again and again. */
export const inTurn = (...acts: ReadonlyArray<Act>): Act => {
  let at = 0
  return (...all) => acts[Math.min(at++, acts.length - 1)]?.(...all)
}

export const task = (state: string, more: object = {}): object => ({
  id: "t1",
  contextId: "c1",
  status: { state: `TASK_STATE_${state}` },
  ...more
})

export const text = (words: string): object => ({ parts: [{ text: words }], messageId: "m1", role: "ROLE_AGENT" })

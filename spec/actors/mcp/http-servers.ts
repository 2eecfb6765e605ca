/** Servers over HTTP in this process: of 2026, of 2025 with sessions, of 2024 with its two addresses; all made with the official SDKs. */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { createMcpHandler, type McpHttpHandler, McpServer as NewServer } from "@modelcontextprotocol/server"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { ElicitResultSchema } from "@modelcontextprotocol/sdk/types.js"
import * as z from "zod"
import { asking } from "./asking-server.ts"
import type { Test } from "./opened.ts"

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface Served {
  readonly url: string
  /** Nobody listens there any more; what is under way is cut off. */
  readonly stop: () => Promise<void>
}

export const listening = async (test: Test, listener: Listener, port = 0): Promise<Served> => {
  const server: Server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const { port: at } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  test.onTestFinished(stop)
  return { url: `http://127.0.0.1:${at}/mcp`, stop }
}

/** Of revision 2026-07-28 alone. */
export const modern = async (test: Test) => {
  const names = ["echo"]
  return overHttp(
    test,
    () => {
      const server = new NewServer({ name: "modern", version: "2" }, { instructions: "be kind" })
      for (const name of names)
        server.registerTool(name, { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
          content: [{ type: "text", text: `${name} ${text}` }]
        }))
      return server
    },
    (handler) => ({ add: (name: string) => (names.push(name), handler.notify.toolsChanged()) })
  )
}

/** The server of asking-server.ts, of 2026-07-28 alone. */
export const modernAsking = (test: Test) => overHttp(test, asking, () => ({}))

const overHttp = async <More>(
  test: Test,
  make: () => NewServer,
  more: (handler: McpHttpHandler) => More
): Promise<Served & More> => {
  const handler = createMcpHandler(make, { legacy: "reject", keepAliveMs: 0 })
  const served = await listening(test, async (request, response) => {
    const body = request.method === "POST" ? { body: await text(request) } : {}
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) if (typeof value === "string") headers.set(name, value)
    const gone = new AbortController()
    response.on("close", () => gone.abort())
    const made = { method: request.method ?? "GET", headers, signal: gone.signal, ...body }
    const answer = await handler.fetch(new Request(`http://127.0.0.1${request.url}`, made))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body !== null) for await (const chunk of answer.body) response.write(chunk)
    response.end()
  })
  return { ...served, ...more(handler) }
}

/** Of revision 2025-11-25; `forget` loses its sessions, as a restart does. */
export const legacy = async (test: Test, lost: 404 | 400 = 404, port = 0) => {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const seen: Array<string> = []
  const gate = { isShut: false }
  const served = await listening(
    test,
    async (request, response) => {
      const id = request.headers["mcp-session-id"]
      const known = typeof id === "string" ? sessions.get(id) : undefined
      seen.push(`${request.method} ${request.headers.authorization ?? ""}`)
      if (gate.isShut) return void response.writeHead(401).end()
      if (id !== undefined && known === undefined) {
        response.writeHead(lost, { "content-type": "application/json" })
        response.end(
          JSON.stringify({ jsonrpc: "2.0", error: { code: -32_000, message: "No valid session ID" }, id: null })
        )
        return
      }
      const transport =
        known ??
        new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (made) => void sessions.set(made, transport)
        })
      if (known === undefined) await oldServer().connect(transport)
      await transport.handleRequest(request, response)
    },
    port
  )
  return { ...served, seen, gate, forget: () => sessions.clear() }
}

/** Of revision 2024-11-05: a stream at one address, messages to another. */
export const ancient = async (test: Test) => {
  let transport: SSEServerTransport | undefined
  return listening(test, async (request, response) => {
    if (request.method === "GET") {
      transport = new SSEServerTransport("/messages", response)
      await oldServer().connect(transport)
      return
    }
    if (request.url?.startsWith("/messages") === true) return transport?.handlePostMessage(request, response)
    response.writeHead(405).end()
  })
}

const oldServer = (): McpServer => {
  const server = new McpServer({ name: "legacy", version: "1" })
  server.registerTool("echo", { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: "text", text }]
  }))
  server.registerTool("who", { inputSchema: { text: z.string() } }, async ({ text }, { sendRequest }) => {
    const requestedSchema = { type: "object" as const, properties: { name: { type: "string" as const } } }
    const params = { message: "Who?", requestedSchema }
    const told = await sendRequest({ method: "elicitation/create", params }, ElicitResultSchema)
    return { content: [{ type: "text", text: `${text} ${String(told.content?.name)}` }] }
  })
  server.registerTool("stop", {}, async ({ sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken ?? 0
    await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } })
    return new Promise(() => {})
  })
  return server
}

/** Answers everything with this. */
export const answering = (
  test: Test,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string
): Promise<Served> =>
  listening(test, async (request, response) => {
    request.resume()
    response.writeHead(status, headers).end(body)
  })

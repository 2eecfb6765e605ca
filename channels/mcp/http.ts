/**
 * MCP over streamable HTTP at `/mcp`, with `GET /health` beside it. Requests of revision 2026-07-28 stand alone; those of before
 * belong to a session that their handshake began. Who gets in is decided in front of both: address, name, page, key.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"
import type { HealthSource } from "../health/handler.ts"
import { answers, pathOf, refuse, type Refused } from "../websocket/answers.ts"
import { type Front, type FrontOptions, full, guarded, later, type Listening, openFront } from "../websocket/front.ts"
import type { User } from "../wire/wire.ts"
import { corsFor } from "./cors.ts"
import { readBody } from "./http-body.ts"
import { headerMismatch, headerTrouble } from "./param-headers.ts"
import { type LegacySessions, legacySessions, type SessionLimits } from "./legacy-sessions.ts"
import type { Served } from "./served.ts"
import { isParams } from "./shop.ts"

export interface HttpOptions extends Omit<FrontOptions, "section"> {
  readonly sessions?: Partial<SessionLimits>
}

export interface HttpParts extends HttpOptions {
  readonly served: Served
  readonly health: HealthSource
}

/** Its `url` is where clients connect: `http://HOST:PORT/mcp`. */
export interface ServedHttp extends Listening {
  /** Lets nobody in any more, gives running requests so many milliseconds, cancels the others, closes everything. */
  readonly stop: (grace: number) => Promise<void>
}

export const path = "/mcp"

/** Rejects with an AccessError when it would let in whom it must not, and with Node's error when it cannot listen. */
export const serveOnHttp = async ({ served, health, sessions: limits, ...where }: HttpParts): Promise<ServedHttp> => {
  const front = await openFront({ ...where, section: "channels.mcp" })
  const [sdk, { modern }, { StreamableHTTPServerTransport }, { legacyServer }] = await Promise.all([
    import("@modelcontextprotocol/server"),
    import("./modern.ts"),
    import("@modelcontextprotocol/sdk/server/streamableHttp.js"),
    import("./legacy.ts")
  ])
  const now = modern(served)
  const users = new Map<string, User>()
  const handler = sdk.createMcpHandler((context) => now.serverFor(userOf(context.authInfo, users)), {
    legacy: "reject"
  })
  const changes = served.shop.changes.subscribe((change) => {
    if (change === "tools") handler.notify.toolsChanged()
    else if (change === "prompts") handler.notify.promptsChanged()
    else if (change === "resources") handler.notify.resourcesChanged()
    else handler.notify.resourceUpdated(change.uri)
  })
  const sessions = legacySessions(
    { transport: StreamableHTTPServerTransport, serverFor: (user) => legacyServer(served, user) },
    limits
  )
  const running = new Set<Promise<void>>()
  let isStopping = false
  const serve = async (request: IncomingMessage, response: ServerResponse, user: User): Promise<void> => {
    if (isStopping) return rpcRefuse(response, stopping)
    const body = request.method === "POST" ? await readBody(request) : undefined
    if (body !== undefined && "refused" in body) return rpcRefuse(response, body.refused)
    const asked = webRequest(request, response)
    if (await sdk.isLegacyRequest(asked, body?.value)) return sessions.take(request, response, user, body?.value)
    const authInfo = { token: "", clientId: user.name, scopes: [], extra: { owner: nameOf(user, users) } }
    const parsed = body === undefined ? {} : { parsedBody: body.value }
    const mismatch = await mismatchIn(served, user, asked.headers, body?.value)
    if (mismatch !== undefined) return rpcRefuse(response, mismatch)
    await sendOut(await handler.fetch(asked, { authInfo, ...parsed }), response)
  }
  const cors = corsFor(where.allowedOrigins ?? [])
  const enter = guarded(
    front,
    (request, response, user) => {
      const done = serve(request, response, user).catch((error: unknown) => {
        served.log(`mcp: a request could not be served: ${String(error)}`)
        if (response.headersSent) response.destroy()
        else rpcRefuse(response, broken)
      })
      running.add(done)
      void done.finally(() => running.delete(done))
    },
    rpcRefuse
  )
  serveFront(
    front,
    health,
    () => isStopping,
    sessions,
    running,
    (request, response) => {
      if (pathOf(request) !== path) return false
      if (!cors(request, response)) enter(request, response)
      return true
    }
  )
  const { url, port } = await front.listen()
  const { madeUp: key, isHere, warning } = front.access
  return {
    url: `${url}${path}`,
    port,
    key,
    isHere,
    warning,
    stop: async (grace) => {
      isStopping = true
      changes.unsubscribe()
      sessions.hangUp()
      await Promise.race([Promise.allSettled(running), pause(grace)])
      now.close()
      await Promise.allSettled([handler.close(), sessions.close()])
      await front.close()
    }
  }
}

const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time).unref())

const serveFront = (
  { server, gate, door, visitorOf }: Front,
  health: HealthSource,
  isStopping: () => boolean,
  sessions: LegacySessions,
  running: ReadonlySet<unknown>,
  mcp: (request: IncomingMessage, response: ServerResponse) => boolean
): void => {
  const counts = () => ({ peers: sessions.size(), sessions: sessions.size(), turns: running.size })
  const others = (): Refused => ({ code: 404, message: `there are ${path}, for MCP, and /health` })
  const reply = answers({ health, counts, isStopping, userOf: door.bearer, console: mcp, others })
  server.on("request", (request, response) => {
    const refusal = gate.host(request) ?? (visitorOf(request) === undefined ? full : undefined)
    if (refusal === undefined) reply(request, response)
    else refuse(response.setHeader("connection", "close"), refusal)
  })
}

const stopping: Refused = { code: 503, message: "the server stops; try again later", headers: later }
const broken: Refused = {
  code: 500,
  message: "the request could not be served; the server's log says why (KINTSUGI_DEBUG=1)"
}

/** Of a call whose headers say something else than its arguments. */
const mismatchIn = async (
  { shop }: Served,
  user: User,
  headers: Headers,
  body: unknown
): Promise<RpcRefused | undefined> => {
  if (!isParams(body) || body.method !== "tools/call" || !isParams(body.params)) return undefined
  const { name, arguments: args } = body.params
  const tool = (await shop.listTools(user)).tools.find((one) => one.name === name)
  const message = headerTrouble(tool?.inputSchema, args, headers)
  const { id = null } = body
  return message === undefined ? undefined : { code: 400, message, id, rpcCode: headerMismatch }
}

interface RpcRefused extends Refused {
  /** Of the request; `null`: it belongs to none. */
  readonly id?: unknown
  readonly rpcCode?: number
}

/** As clients of MCP read it: an error of JSON-RPC. */
const rpcRefuse = (response: ServerResponse, refused: RpcRefused): void => {
  const { code, message, headers = {}, id = null, rpcCode = rpcCodes[code] ?? -32_000 } = refused
  const error = { jsonrpc: "2.0", id, error: { code: rpcCode, message } }
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(`${JSON.stringify(error)}\n`)
}

const rpcCodes: Readonly<Record<number, number>> = { 400: -32_700, 413: -32_600, 500: -32_603 }

/** The SDK hands on a name of the user, not the user. */
const nameOf = (user: User, users: Map<string, User>): string => {
  const name = user.owner ?? ""
  users.set(name, user)
  return name
}

const userOf = (
  auth: { readonly extra?: Readonly<Record<string, unknown>> } | undefined,
  users: Map<string, User>
): User => {
  const user = typeof auth?.extra?.owner === "string" ? users.get(auth.extra.owner) : undefined
  if (user === undefined) throw new Error("a request came by another way than through the door")
  return user
}

/** Its body has been read; it is aborted when the client is gone. */
const webRequest = (request: IncomingMessage, response: ServerResponse): Request => {
  const gone = new AbortController()
  response.once("close", () => {
    if (!response.writableFinished) gone.abort()
  })
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(request.headersDistinct))
    for (const value of values) headers.append(name, value)
  const { method = "GET" } = request
  return new Request(`http://localhost${path}`, { method, headers, signal: gone.signal })
}

const sendOut = async (answer: Response, response: ServerResponse): Promise<void> => {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  const { body } = answer
  if (body === null) return void response.end()
  response.flushHeaders()
  try {
    await pipeline(() => piecesOf(body), response)
  } catch {
    // The client is gone; what it began is cancelled by that.
  }
}

async function* piecesOf(body: NonNullable<Response["body"]>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
  } finally {
    await reader.cancel()
  }
}

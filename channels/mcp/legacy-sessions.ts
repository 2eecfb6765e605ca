/**
 * Sessions of streamable HTTP, as revisions up to 2025-11-25 have them: begun by a handshake, found by an id that only the user who
 * began it may use, ended by DELETE, by half an hour without a request, or with the server.
 */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import type { User } from "../wire/wire.ts"
import { eventLog } from "./event-log.ts"
import { isParams } from "./shop.ts"

export interface SessionLimits {
  /** Sessions at a time. Default 1,000. */
  readonly all: number
  /** Of one user. Default 100; the one that was quiet the longest makes room. */
  readonly each: number
  /** Milliseconds without a request or an open stream after which one ends. Default: half an hour. */
  readonly idle: number
}

export interface LegacyParts {
  readonly transport: typeof StreamableHTTPServerTransport
  readonly serverFor: (user: User) => Server
}

export interface LegacySessions {
  readonly take: (request: IncomingMessage, response: ServerResponse, user: User, body: unknown) => Promise<void>
  readonly size: () => number
  /** Ends the streams on which nothing is answered. */
  readonly hangUp: () => void
  readonly close: () => Promise<void>
}

interface Held {
  readonly user: User
  readonly transport: StreamableHTTPServerTransport
  readonly server: Server
  /** Requests and streams that are open. */
  open: number
  /** Milliseconds since the Unix epoch, of its newest sign of life. */
  seen: number
}

const usual: SessionLimits = { all: 1000, each: 100, idle: 30 * 60_000 }

export const legacySessions = (parts: LegacyParts, given: Partial<SessionLimits> = {}): LegacySessions => {
  const limits = { ...usual, ...given }
  const sessions = new Map<string, Held>()
  const end = async (id: string): Promise<void> => {
    const held = sessions.get(id)
    sessions.delete(id)
    await held?.server.close()
  }
  const clock = setInterval(
    () => {
      const now = Date.now()
      for (const [id, { open, seen }] of sessions) if (open === 0 && now - seen >= limits.idle) void end(id)
    },
    Math.min(60_000, limits.idle)
  ).unref()
  /** @returns false when there is none to be had. */
  const makeRoom = (user: User): boolean => {
    const own = [...sessions].filter(([, held]) => held.user.owner === user.owner)
    if (own.length < limits.each && sessions.size < limits.all) return true
    const [quiet] = own.filter(([, { open }]) => open === 0).toSorted(([, one], [, other]) => one.seen - other.seen)
    if (quiet === undefined) return false
    void end(quiet[0])
    return true
  }
  const begin = async (user: User): Promise<Held> => {
    const server = parts.serverFor(user)
    const transport: StreamableHTTPServerTransport = new parts.transport({
      sessionIdGenerator: randomUUID,
      eventStore: eventLog(),
      onsessioninitialized: (id) => void sessions.set(id, held),
      onsessionclosed: (id) => end(id)
    })
    const held: Held = { user, transport, server, open: 0, seen: Date.now() }
    await server.connect(transport as Parameters<Server["connect"]>[0]) // its types forget `| undefined`
    return held
  }
  const take: LegacySessions["take"] = async (request, response, user, body) => {
    const id = idOf(request)
    const known = id === undefined ? undefined : sessions.get(id)
    // Somebody else's cannot be told from none.
    if (id !== undefined && known?.user.owner !== user.owner)
      return refuse(response, 404, -32_001, "there is no such session: begin one with initialize")
    if (id !== undefined && known === undefined)
      return refuse(response, 404, -32_001, "there is no such session: begin one with initialize")
    if (id === undefined && !(isParams(body) && body.method === "initialize"))
      return refuse(
        response,
        400,
        -32_000,
        "begin a session with initialize, and send its Mcp-Session-Id with each request"
      )
    if (known === undefined && !makeRoom(user))
      return refuse(response, 503, -32_000, "there are as many sessions as may be; end one, or try again later")
    const held = known ?? (await begin(user))
    held.open++
    held.seen = Date.now()
    const left = Promise.withResolvers<void>()
    response.once("close", () => {
      held.open--
      held.seen = Date.now()
      left.resolve()
    })
    await held.transport.handleRequest(request, response, body)
    // A handshake that was refused has begun nothing.
    if (known === undefined && held.transport.sessionId === undefined) await held.server.close()
    if (request.method === "POST") await left.promise
  }
  return {
    take,
    size: () => sessions.size,
    hangUp: () => {
      for (const { transport } of sessions.values()) transport.closeStandaloneSSEStream()
    },
    close: async () => {
      clearInterval(clock)
      await Promise.allSettled([...sessions.keys()].map(end))
    }
  }
}

const idOf = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers["mcp-session-id"]
  return Array.isArray(id) ? id.join() : id
}

const refuse = (response: ServerResponse, status: number, code: number, message: string): void =>
  void response
    .writeHead(status, { "content-type": "application/json" })
    .end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }))

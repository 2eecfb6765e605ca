/**
 * The WebSocket channel: `ws://HOST:PORT/ws` for clients, `GET /` for the console, `GET /health` for probes.
 *
 * Joined or left out for a slow reader: streamed deltas, by the hub. Never: replies, failures, questions.
 */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import type { HealthSource } from "../health/handler.ts"
import type { Hub } from "../wire/hub.ts"
import { AccessError } from "./access-error.ts"
import { accessFor } from "./access.ts"
import { inUrl, isLoopback, neighbourhood } from "./addresses.ts"
import { answers, refuse, type WebHandler } from "./answers.ts"
import { type Clients, clientsOf } from "./clients.ts"
import { crowd, type Visitor } from "./crowd.ts"
import { door } from "./door.ts"
import { gate } from "./gate.ts"
import { defaultLimits, type Limits } from "./limits.ts"
import { saltIn } from "./salt.ts"
import { full, upgrades } from "./upgrades.ts"
import type { ClientKey } from "./users.ts"

export interface ServeOptions {
  readonly hub: Hub
  readonly health: HealthSource
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0, the default: a free one. */
  readonly port?: number
  /** None: one is made up, which is told in `Serving.key`; only where nobody but this machine gets in. */
  readonly keys?: ReadonlyArray<ClientKey>
  /** False: whoever gets here is the machine's own user; only where nobody but this machine gets in. Default true. */
  readonly requireAuth?: boolean
  readonly allowedOrigins?: ReadonlyArray<string>
  /**
   * IP addresses of reverse proxies in front: whom they bring is the last in X-Forwarded-For that is none of them, and others
   * than this machine get in. Default: none.
   */
  readonly proxies?: ReadonlyArray<string>
  /** Folder that keeps what users without a name are told apart by; absent: they are others after each start. */
  readonly data?: string
  readonly console?: WebHandler
  readonly limits?: Partial<Limits>
}

export interface Serving {
  /** `http://HOST:PORT`, to be opened on this machine. */
  readonly url: string
  readonly port: number
  /** The key that was made up. */
  readonly key: string | undefined
  /** Whether only programs of this machine can connect. */
  readonly isHere: boolean
  /** What whoever starts it should know: of keys that could be guessed. */
  readonly warning: string | undefined
  /** Lets nobody in any more, gives running turns `grace` milliseconds (see `Hub.stop`), and closes everything. */
  readonly stop: (grace: number) => Promise<void>
}

/** Rejects with an AccessError when it would let in whom it must not, and with Node's error when it cannot listen. */
export const serveWebSocket = async (options: ServeOptions): Promise<Serving> => {
  const {
    hub,
    host = "127.0.0.1",
    port = 0,
    keys = [],
    requireAuth = true,
    allowedOrigins = [],
    proxies = [],
    data
  } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const clients = clientsOf(proxies)
  const access = await accessFor({ host, isProxied: proxies.length > 0, keys, requireAuth, salt: () => saltIn(data) })
  const { WebSocketServer: sockets } = await import("ws")
  const server = httpServer(limits)
  const shared = {
    server,
    gate: gate({ host, allowedOrigins }),
    door: door(access.find, limits, clients),
    visitorOf: counted(server, limits, clients)
  }
  let isStopping = false
  serveHttp(options, { ...shared, isStopping: () => isStopping })
  const live = upgrades({ ...shared, hub, limits, sockets, isStopping: () => isStopping })
  server.on("upgrade", live.take)
  const bound = await listening(server, host, port).catch(async (error: unknown) => {
    await live.close()
    throw error
  })
  if (access.isHere && !isLoopback(bound.address)) {
    await Promise.all([live.close(), closed(server)])
    throw new AccessError(`${host} turned out to be ${bound.address}, which lets in others than this machine`)
  }
  return {
    url: `http://${inUrl(openable(bound.address))}:${bound.port}`,
    port: bound.port,
    key: access.madeUp,
    isHere: access.isHere,
    warning: access.warning,
    stop: async (grace) => {
      isStopping = true
      await hub.stop(grace)
      await live.close()
      await closed(server)
    }
  }
}

const httpServer = ({ head, connections }: Limits): Server => {
  const server = createServer({
    headersTimeout: head,
    requestTimeout: head,
    connectionsCheckingInterval: Math.ceil(head / 4),
    keepAliveTimeout: 5000
  })
  server.maxConnections = connections + standing
  return server
}

/** Connections beyond those that are counted; they are told that there is no room. */
const standing = 64

/** Every connection is counted from its first byte on, whatever becomes of it. */
const counted = (
  server: Server,
  limits: Limits,
  clients: Clients
): ((request: IncomingMessage) => Visitor | undefined) => {
  const people = crowd(limits)
  const visitors = new WeakMap<Duplex, Visitor>()
  server.on("connection", (socket) => {
    const { remoteAddress } = socket
    // A proxy says with each request whom it brings.
    const address = clients.isProxy(remoteAddress) ? undefined : neighbourhood(remoteAddress)
    const visitor = people.enter(address, () => socket.destroy())
    if (visitor === undefined) return
    visitors.set(socket, visitor)
    socket.once("close", () => people.leave(visitor))
  })
  return (request) => {
    const visitor = visitors.get(request.socket)
    return visitor?.move(clients.of(request)) ? visitor : undefined
  }
}

interface HttpParts {
  readonly server: Server
  readonly gate: ReturnType<typeof gate>
  readonly door: ReturnType<typeof door>
  readonly visitorOf: (request: IncomingMessage) => Visitor | undefined
  readonly isStopping: () => boolean
}

const serveHttp = (
  { hub, health, console }: ServeOptions,
  { server, gate, door, visitorOf, isStopping }: HttpParts
) => {
  const reply = answers({ health, counts: hub.counts, isStopping, userOf: door.bearer, console })
  server.on("request", (request, response) => {
    const refusal = gate.host(request) ?? (visitorOf(request) === undefined ? full : undefined)
    if (refusal === undefined) reply(request, response)
    else refuse(response.setHeader("connection", "close"), refusal)
  })
}

const listening = async (server: Server, host: string, port: number): Promise<AddressInfo> => {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host, port }, () => {
      server.off("error", reject)
      resolve()
    })
  })
  // A connection that cannot be accepted is its client's trouble, not ours.
  server.on("error", () => {})
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no address")
  return address
}

/** What listens on all addresses is opened at the nearest. */
const openable = (address: string): string => (address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address)

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

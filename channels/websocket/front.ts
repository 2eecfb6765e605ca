/** The front of a server, whatever it serves: where it listens, who gets in, how many at a time, and how it is closed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import type { User } from "../wire/wire.ts"
import { AccessError } from "./access-error.ts"
import { type Access, accessFor } from "./access.ts"
import { inUrl, isLoopback, neighbourhood } from "./addresses.ts"
import { refuse, type Refused } from "./answers.ts"
import { type Clients, clientsOf } from "./clients.ts"
import { crowd, type Visitor } from "./crowd.ts"
import { type Door, door } from "./door.ts"
import { type Gate, gate } from "./gate.ts"
import { defaultLimits, type Limits } from "./limits.ts"
import { saltIn } from "./salt.ts"
import type { ClientKey } from "./users.ts"

export interface FrontOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0, the default: a free one. */
  readonly port?: number
  /** None: one is made up, which is told; only where nobody but this machine gets in. */
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
  readonly limits?: Partial<Limits>
  /** Where its configuration stands, for what people are told. Default `channels.websocket`. */
  readonly section?: string
}

/** What is served, as whoever began it is told. */
export interface Listening {
  /** `http://HOST:PORT`, to be opened on this machine. */
  readonly url: string
  readonly port: number
  /** The operator's, made up because there were no keys. */
  readonly key: string | undefined
  /** Whether only programs of this machine can connect. */
  readonly isHere: boolean
  /** What whoever starts it should know: of keys that could be guessed. */
  readonly warning: string | undefined
}

export interface Front {
  readonly server: Server
  readonly access: Access
  readonly limits: Limits
  readonly gate: Gate
  readonly door: Door
  /** `undefined`: there is no room for it. */
  readonly visitorOf: (request: IncomingMessage) => Visitor | undefined
  /** Rejects with Node's error when it cannot, and with an AccessError when others could reach it than were meant. */
  readonly listen: () => Promise<{ readonly url: string; readonly port: number }>
  /** Whatever is open is cut. */
  readonly close: () => Promise<void>
}

/** Rejects with an AccessError when it would let in whom it must not. Nothing listens yet. */
export const openFront = async (options: FrontOptions): Promise<Front> => {
  const { host = "127.0.0.1", port = 0, keys = [], requireAuth = true, allowedOrigins = [], proxies = [] } = options
  const { data, section = "channels.websocket" } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const clients = clientsOf(proxies)
  const isProxied = proxies.length > 0
  const access = await accessFor({ host, isProxied, keys, requireAuth, salt: () => saltIn(data), section })
  const server = httpServer(limits)
  const close = (): Promise<void> => closed(server)
  return {
    server,
    access,
    limits,
    gate: gate({ host, allowedOrigins, section }),
    door: door(access.find, limits, clients),
    visitorOf: counted(server, limits, clients),
    listen: async () => {
      const bound = await listening(server, host, port)
      if (access.isHere && !isLoopback(bound.address)) {
        await close()
        throw new AccessError(`${host} turned out to be ${bound.address}, which lets in others than this machine`)
      }
      return { url: `http://${inUrl(openable(bound.address))}:${bound.port}`, port: bound.port }
    },
    close
  }
}

export type Serve = (request: IncomingMessage, response: ServerResponse, user: User) => void

/**
 * Only requests whose name, page and key are right get through; who has shown a key is no longer asked to make room.
 *
 * @param refused Says it as the protocol does. Default: as text.
 */
export const guarded =
  ({ gate, door, visitorOf }: Pick<Front, "gate" | "door" | "visitorOf">, serve: Serve, refused = refuse) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const elsewhere = gate.host(request) ?? gate.origin(request)
    const visitor = elsewhere === undefined ? visitorOf(request) : undefined
    // Whoever is not let in need not send the rest.
    if (visitor === undefined) return refused(response.setHeader("connection", "close"), elsewhere ?? full)
    const user = door.bearer(request) ?? keyNeeded
    if ("code" in user) return refused(response.setHeader("connection", "close"), user)
    visitor.trust()
    serve(request, response, user)
  }

export const later = { "retry-after": "5" }

export const full: Refused = {
  code: 503,
  message: "there are as many connections as may be; try again later",
  headers: later
}

const keyNeeded: Refused = {
  code: 401,
  message: "this needs a key: Authorization: Bearer KEY",
  headers: { "www-authenticate": "Bearer" }
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

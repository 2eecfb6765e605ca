/** The WebSocket channel for programs that embed a runtime: with a server of its own, or hung on theirs. */
import { createRequire } from "node:module"
import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Runtime } from "../../actors/runtime.ts"
import { consoleHandler } from "../web/handler.ts"
import { type Hub, type ListedModel, openHub } from "../wire/hub.ts"
import type { User } from "../wire/wire.ts"
import { AccessError } from "./access-error.ts"
import { refuseShort } from "./access.ts"
import { pathOf, type Refused, refuseUpgrade } from "./answers.ts"
import { type Clients, clientsOf } from "./clients.ts"
import { crowd, type Visitor } from "./crowd.ts"
import { door } from "./door.ts"
import { gate } from "./gate.ts"
import { defaultLimits, type Limits } from "./limits.ts"
import { saltIn } from "./salt.ts"
import { serveWebSocket } from "./serve.ts"
import { upgrades } from "./upgrades.ts"
import { type ClientKey, operator, usersOf } from "./users.ts"

/** What may be at a time. */
export interface ServerLimits {
  /** Default 2,000. */
  readonly connections?: number
  /** From one address. Default 1,000. */
  readonly perAddress?: number
  /** Turns of one user. Default: as many as they like. */
  readonly turns?: number
}

export interface Shared {
  /** Who may come, each with sessions of their own. */
  readonly keys?: ReadonlyArray<ClientKey>
  /** Pages of elsewhere that may connect, as in `https://example.com`, and names under which the server may be reached. */
  readonly allowedOrigins?: ReadonlyArray<string>
  /** IP addresses of reverse proxies in front: whom they bring is the last in X-Forwarded-For that is none of them. */
  readonly proxies?: ReadonlyArray<string>
  /** Folder that keeps what users are told apart by whose keys have no name; absent: they are others after each start. */
  readonly data?: string
  /** Those that clients may choose. Default: the runtime's own. */
  readonly models?: () => Promise<ReadonlyArray<ListedModel>>
  readonly limits?: ServerLimits
  /** Told of bugs and of errors in `user`; never what a client said. */
  readonly onError?: (message: string) => void
}

export interface ServerOptions extends Shared {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0, the default: a free one. */
  readonly port?: number
  /** False: whoever gets here is the operator; only where nobody but this machine gets in. Default true. */
  readonly requireAuth?: boolean
  /** The web console at `/`. Default true. */
  readonly console?: boolean
}

/** Somebody whom your service knows. */
export interface Guest {
  /** The same for the same person, always: sessions are found by it. A key of this name is the same person. */
  readonly name: string
  /** Sees the sessions that were opened without an owner, and health and mends whole. Default false. */
  readonly operator?: boolean
}

export interface MountOptions extends Shared {
  /** Default `/ws`. */
  readonly path?: string
  /**
   * Who it is, by a cookie, a token or a ticket in the address; 10 s at most. `undefined`, or a throw: nobody, and where there are
   * `keys`, whoever shows one.
   */
  readonly user?: (request: IncomingMessage) => Guest | undefined | Promise<Guest | undefined>
}

export interface Mounted extends AsyncDisposable {
  /** @returns false when the path is another; the socket is untouched then, and somebody else must take or end it. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
  readonly counts: () => { readonly peers: number; readonly sessions: number; readonly turns: number }
  /**
   * Lets nobody in any more, gives running turns `grace` milliseconds (default 8,000), suspends the others, and ends all connections.
   * Called again it may shorten that. The runtime stays open, and so does a server that is yours.
   */
  readonly stop: (grace?: number) => Promise<void>
}

export interface Served extends Omit<Mounted, "upgrade"> {
  /** `http://HOST:PORT`. */
  readonly url: string
  readonly port: number
  /** The operator's, made up because there were no `keys`. */
  readonly key: string | undefined
}

/** As `channels.websocket.grace` has it. */
const usualGrace = 8000

export const serveRuntime = async (runtime: Runtime, options: ServerOptions): Promise<Served> => {
  const { console = true, limits = {}, models: _, onError: __, ...rest } = options
  const hub = hubOf(runtime, options)
  const { url, port, key, stop } = await serveWebSocket({
    ...rest,
    hub,
    health: runtime,
    limits: connectionLimits(limits),
    ...(console && { console: consoleHandler() })
  })
  return { url, port, key, counts: hub.counts, ...stopping(stop) }
}

export const mountRuntime = async (runtime: Runtime, options: MountOptions): Promise<Mounted> => {
  const { path = "/ws", keys = [], user, allowedOrigins = [], proxies = [], data, onError = () => {} } = options
  if (user === undefined && keys.length === 0)
    throw new AccessError("nobody could come in: say who comes with `user`, or give `keys`")
  if (!path.startsWith("/")) throw new AccessError(`a path begins with a slash, unlike ${JSON.stringify(path)}`)
  refuseShort(keys, "a server of your own")
  const limits: Limits = { ...defaultLimits, ...connectionLimits(options.limits ?? {}) }
  const clients = clientsOf(proxies)
  const find = keys.length === 0 ? () => undefined : usersOf(keys, saltIn(data))
  const { WebSocketServer: sockets } = await import("ws")
  const hub = hubOf(runtime, options)
  let isStopping = false
  const live = upgrades({
    path,
    sockets,
    hub,
    limits,
    gate: gate({ host: "localhost", allowedOrigins }),
    door: door(find, limits, clients),
    visitorOf: counted(limits, clients),
    isStopping: () => isStopping
  })
  const recognize = async (request: IncomingMessage): Promise<User | undefined> => {
    try {
      return userOf(await within(limits.head, user?.(request)))
    } catch (error) {
      onError(`who connects could not be told: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  const take = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    // It may be gone while we ask.
    const gone = (): void => {}
    socket.on("error", gone)
    const known = await recognize(request)
    socket.off("error", gone)
    if (socket.destroyed) return
    if (known === undefined && keys.length === 0) return refuseUpgrade(socket.on("error", gone), unknown)
    live.take(request, socket, head, known)
  }
  return {
    // Node's types say Duplex, for servers of other protocols; whatever comes over HTTP/1.1 is a socket.
    upgrade: (request, socket, head) => {
      if (pathOf(request) !== path) return false
      void take(request, socket as Socket, head) // as above
      return true
    },
    counts: hub.counts,
    ...stopping(async (grace) => {
      isStopping = true
      await hub.stop(grace)
      await live.close()
    })
  }
}

const unknown: Refused = { code: 401, message: "nobody here knows who you are" }

const connectionLimits = ({ connections, perAddress }: ServerLimits): Partial<Limits> => ({
  ...(connections !== undefined && { connections }),
  ...(perAddress !== undefined && { perAddress })
})

const hubOf = (runtime: Runtime, { models, limits, onError }: Shared): Hub => {
  const { cwd, permissions, model } = runtime
  const all = models ?? (async () => (model === undefined ? [] : [{ id: model.id }]))
  return openHub({
    runtime,
    version: version(),
    place: { cwd, permissions },
    models: async (filter = "") => (await all()).filter(({ id }) => id.toLowerCase().includes(filter.toLowerCase())),
    ...(limits?.turns !== undefined && { limits: { turns: limits.turns } }),
    ...(onError !== undefined && { log: onError })
  })
}

/** The package by its own name: where its papers lie differs between the sources and what is published. */
export const version = (): string => {
  const manifest: unknown = createRequire(import.meta.url)("kintsugi/package.json")
  const said = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined
  return typeof said === "string" ? said : "unknown"
}

const stopping = (stop: (grace: number) => Promise<void>): Pick<Mounted, "stop" | typeof Symbol.asyncDispose> => ({
  stop: (grace = usualGrace) => stop(grace),
  [Symbol.asyncDispose]: () => stop(0)
})

/** Counted from the upgrade on: what else the server does is not ours. */
const counted = (limits: Limits, clients: Clients): ((request: IncomingMessage) => Visitor | undefined) => {
  const people = crowd(limits)
  const visitors = new WeakMap<Duplex, Visitor>()
  return (request) => {
    const { socket } = request
    const known = visitors.get(socket)
    if (known !== undefined) return known
    const visitor = people.enter(clients.of(request), () => socket.destroy())
    if (visitor === undefined) return undefined
    visitors.set(socket, visitor)
    socket.once("close", () => people.leave(visitor))
    return visitor
  }
}

/** What a service says of its people is checked: a name that is missing must not become everybody's. */
const userOf = (guest: Guest | undefined): User | undefined => {
  if (guest === undefined || guest === null) return undefined
  const { name, operator: isOperator } = guest
  if (typeof name !== "string" || name.trim() === "") throw new TypeError("`user` gave somebody without a name")
  return isOperator === true ? { ...operator, name } : { owner: `name:${name}`, name }
}

const within = async <A>(time: number, asked: A | Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`\`user\` gave no answer within ${time / 1000} s`)), time)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

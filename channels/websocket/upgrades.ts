/** Requests that become WebSockets: what is checked before, and who is connected after. */
import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { WebSocket, WebSocketServer } from "ws"
import { frameLimit } from "../wire/frames.ts"
import type { Hub } from "../wire/hub.ts"
import type { Joining, User } from "../wire/wire.ts"
import { type Refused, pathOf, refuseUpgrade, upgradeNeeded } from "./answers.ts"
import { type Connection, connection } from "./connection.ts"
import type { Visitor } from "./crowd.ts"
import type { Door } from "./door.ts"
import { full, later } from "./front.ts"
import type { Gate } from "./gate.ts"
import type { Limits } from "./limits.ts"

export interface UpgradesParts {
  /** Where WebSockets are. Default `/ws`. */
  readonly path?: string
  /** Loaded by whoever serves. */
  readonly sockets: typeof WebSocketServer
  readonly hub: Hub
  readonly limits: Limits
  readonly gate: Gate
  readonly door: Door
  /** `undefined`: there is no room for it. */
  readonly visitorOf: (request: IncomingMessage) => Visitor | undefined
  readonly isStopping: () => boolean
}

export interface Upgrades {
  /** For the event `upgrade` of a server. @param user Who it is, where that is known without a key. */
  readonly take: (request: IncomingMessage, socket: Socket, head: Buffer, user?: User) => void
  /** Resolves when all are gone; those that do not go by themselves within a moment are cut. */
  readonly close: () => Promise<void>
}

/** Milliseconds for a client's half of the closing handshake. */
const goodbye = 2000

/** The name clients may give to what is spoken here. */
const protocol = "kintsugi"

export const upgrades = (parts: UpgradesParts): Upgrades => {
  const { sockets, limits, door } = parts
  const live = new Set<Connection>()
  const handshake = new sockets({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: frameLimit,
    clientTracking: true,
    handleProtocols: (offered) => offered.has(protocol) && protocol
  })
  const take: Upgrades["take"] = (request, socket, head, known) => {
    // It may be gone while it is refused.
    socket.on("error", () => {})
    const refused = refusalOf(parts, request)
    if (refused !== undefined) return refuseUpgrade(socket, refused)
    const user = known ?? door.bearer(request)
    if (user !== undefined && "code" in user) return refuseUpgrade(socket, user)
    const coming = { request, socket, user, greet: known === undefined && request.headers.authorization !== undefined }
    handshake.handleUpgrade(request, socket, head, (webSocket) => welcome(parts, live, webSocket, coming))
  }
  const clock = setInterval(
    () => {
      const now = Date.now()
      for (const one of live) one.beat(now)
    },
    Math.min(1000, limits.ping / 4, limits.stall / 4)
  ).unref()
  return {
    take,
    close: async () => {
      for (const one of live) one.end(1012, "the server stops")
      await settled(live)
      for (const one of handshake.clients) one.terminate()
      clearInterval(clock)
      handshake.close()
    }
  }
}

/** In the order in which a stranger learns least. */
const refusalOf = (
  { path = "/ws", visitorOf, gate, isStopping }: UpgradesParts,
  request: IncomingMessage
): Refused | undefined => {
  const { headers, method } = request
  const host = gate.host(request)
  if (host !== undefined) return host
  if (pathOf(request) !== path) return { code: 404, message: `WebSockets are at ${path}` }
  if (method !== "GET" || headers.upgrade?.toLowerCase() !== "websocket") return upgradeNeeded
  // Something in front of us could take the body for the next request.
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined)
    return { code: 400, message: "an upgrade has no body" }
  if (headers["sec-websocket-version"] !== "13")
    return { code: 426, message: "version 13 only", headers: { upgrade: "websocket", "sec-websocket-version": "13" } }
  const origin = gate.origin(request)
  if (origin !== undefined) return origin
  if (visitorOf(request) === undefined) return full
  return isStopping() ? stopping : undefined
}

const stopping: Refused = { code: 503, message: "the server stops; try again later", headers: later }

/** Who connects; `greet`: a key came with it. */
interface Coming extends Pick<Joining, "user" | "greet"> {
  readonly request: IncomingMessage
  readonly socket: Socket
}

const welcome = (
  { hub, limits, door, visitorOf }: UpgradesParts,
  live: Set<Connection>,
  webSocket: WebSocket,
  { request, socket, user, greet }: Coming
): void => {
  const place = visitorOf(request)
  const authenticate = door.authenticate(request)
  const watched = watchStranger(socket, limits, () => one.cut(1009, "the first frame must be auth, which is short"))
  const trust = (): void => {
    watched.end()
    place?.trust()
  }
  if (user !== undefined) trust()
  const one = connection({
    socket: webSocket,
    limits,
    join: (wire) =>
      hub.join({
        wire,
        ...(user !== undefined && { user }),
        greet,
        authenticate: (key) => {
          const found = authenticate(key)
          if (found !== undefined && !("unheard" in found)) trust()
          return found
        }
      }),
    left: () => live.delete(one)
  })
  if (place !== undefined) place.end = () => one.cut(1013, "others need the room, and no key was shown yet")
  live.add(one)
}

/** A frame is collected before it is seen, and whoever shows no key must not make us collect many long ones. */
const watchStranger = (socket: Socket, { stranger }: Limits, tooMuch: () => void): { readonly end: () => void } => {
  const count = (): void => {
    if (socket.bytesRead <= stranger) return
    end()
    tooMuch()
  }
  const end = (): void => void socket.off("data", count)
  socket.on("data", count)
  return { end }
}

const settled = async (live: ReadonlySet<Connection>): Promise<void> => {
  const until = Date.now() + goodbye
  while (live.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
}

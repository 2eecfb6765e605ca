/**
 * The WebSocket channel: `ws://HOST:PORT/ws` for clients, `GET /` for the console, `GET /health` for probes.
 *
 * Joined or left out for a slow reader: streamed deltas, by the hub. Never: replies, failures, questions.
 */
import type { HealthSource } from "../health/handler.ts"
import type { Hub } from "../wire/hub.ts"
import { answers, refuse, type WebHandler } from "./answers.ts"
import { type Front, type FrontOptions, full, type Listening, openFront } from "./front.ts"
import { upgrades } from "./upgrades.ts"

export interface ServeOptions extends Omit<FrontOptions, "section"> {
  readonly hub: Hub
  readonly health: HealthSource
  readonly console?: WebHandler
}

export interface Serving extends Listening {
  /** Lets nobody in any more, gives running turns `grace` milliseconds (see `Hub.stop`), and closes everything. */
  readonly stop: (grace: number) => Promise<void>
}

/** Rejects with an AccessError when it would let in whom it must not, and with Node's error when it cannot listen. */
export const serveWebSocket = async (options: ServeOptions): Promise<Serving> => {
  const { hub, health, console, ...where } = options
  const front = await openFront(where)
  const { WebSocketServer: sockets } = await import("ws")
  let isStopping = false
  serveHttp({ hub, health, console }, front, () => isStopping)
  const live = upgrades({ ...front, hub, sockets, isStopping: () => isStopping })
  front.server.on("upgrade", live.take)
  const { url, port } = await front.listen().catch(async (error: unknown) => {
    await live.close()
    throw error
  })
  return {
    url,
    port,
    key: front.access.madeUp,
    isHere: front.access.isHere,
    warning: front.access.warning,
    stop: async (grace) => {
      isStopping = true
      await hub.stop(grace)
      await live.close()
      await front.close()
    }
  }
}

const serveHttp = (
  { hub, health, console }: Pick<ServeOptions, "hub" | "health"> & { readonly console: WebHandler | undefined },
  { server, gate, door, visitorOf }: Front,
  isStopping: () => boolean
): void => {
  const reply = answers({ health, counts: hub.counts, isStopping, userOf: door.bearer, console })
  server.on("request", (request, response) => {
    const refusal = gate.host(request) ?? (visitorOf(request) === undefined ? full : undefined)
    if (refusal === undefined) reply(request, response)
    else refuse(response.setHeader("connection", "close"), refusal)
  })
}

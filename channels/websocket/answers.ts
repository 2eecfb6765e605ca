/** What HTTP requests besides the upgrade are answered: health, the console, and refusals. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import type { Health } from "../../actors/health.ts"
import { healthHandler, type HealthSource } from "../health/handler.ts"
import type { Hub } from "../wire/hub.ts"
import { isOperator, type User } from "../wire/wire.ts"
import type { Refusal } from "./gate.ts"

/** As in a web server: false when the path is not one of its own; the response is untouched then. */
export type WebHandler = (request: IncomingMessage, response: ServerResponse) => boolean

export interface AnswersParts {
  readonly health: HealthSource
  readonly counts: Hub["counts"]
  readonly isStopping: () => boolean
  /** Whose key came with the request, or why it is not looked at. */
  readonly userOf: (request: IncomingMessage) => User | Refused | undefined
  readonly console: WebHandler | undefined
  /** What is told of any other path. Default: what a server of WebSockets has. */
  readonly others?: (path: string) => Refused
}

/** Why a request goes no further, and what its sender should know. */
export interface Refused extends Refusal {
  readonly headers?: Readonly<Record<string, string>>
}

/** Nothing that we serve may be framed, guessed at, or read by another page. */
const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin"
}

export const answers = ({ health, counts, isStopping, userOf, console, others = missing }: AnswersParts) => {
  const whole = healthHandler(health)
  return (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value)
    if (isHealth(request)) {
      const user = userOf(request)
      if (user !== undefined && "code" in user) return refuse(response, user)
      if (user !== undefined && isOperator(user)) return void whole(request, response)
      return little(request, response)
    }
    if (console?.(request, response)) return
    refuse(response, others(pathOf(request)))
  }

  /** What anybody may know: that it works, not on what. */
  function little(request: IncomingMessage, response: ServerResponse): void {
    if (pathOf(request) !== "/health") return refuse(response, keyNeeded)
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, {
        code: 405,
        message: "health can only be read: GET /health",
        headers: { allow: "GET, HEAD" }
      })
    const seen = look(health)
    const isReady = !isStopping() && seen !== undefined && seen.tree.state === "running"
    const { sessions, turns } = counts()
    const text = JSON.stringify({ status: isReady ? "ready" : "stopping", sessions, turns, plugins: tally(seen) })
    response.writeHead(isReady ? 200 : 503, { "content-type": "application/json", "cache-control": "no-store" })
    response.end(`${text}\n`)
  }
}

const nothing: Refused = { code: 404, message: "there are / (the console), /health and, for WebSockets, /ws" }

const missing = (path: string): Refused => (path === "/ws" ? upgradeNeeded : nothing)

export const upgradeNeeded: Refused = {
  code: 426,
  message: "this is for WebSockets: GET with Upgrade: websocket",
  headers: { upgrade: "websocket" }
}

const keyNeeded: Refused = {
  code: 401,
  message: "this needs the key of the machine's own user: Authorization: Bearer KEY",
  headers: { "www-authenticate": "Bearer" }
}

export const pathOf = ({ url = "" }: IncomingMessage): string => url.split("?", 1)[0] ?? ""

const isHealth = (request: IncomingMessage): boolean => ["/health", "/health/stream"].includes(pathOf(request))

/** A runtime that cannot say how it is is not ready; why, only its own user is told. */
const look = ({ health }: HealthSource): Health | undefined => {
  try {
    return health()
  } catch {
    return undefined
  }
}

/** How many plugins are in each state. */
const tally = (seen: Health | undefined): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const state of Object.values(seen?.plugins ?? {})) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

export const refuse = (response: ServerResponse, { code, message, headers = {} }: Refused): void =>
  void response.writeHead(code, { "content-type": "text/plain; charset=utf-8", ...headers }).end(`${message}\n`)

/** The same for an upgrade, where there is no response yet. */
export const refuseUpgrade = (socket: Duplex, { code, message, headers = {} }: Refused): void => {
  const body = `${message}\n`
  const lines = {
    connection: "close",
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    ...headers
  }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.once("finish", () => socket.destroy())
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\n${head.join("")}\r\n${body}`)
}

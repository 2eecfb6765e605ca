/**
 * The A2A channel: other agents find a card, send messages, and follow the tasks that come of them. Of 1.0 and, for older peers,
 * 0.3.0; over JSON-RPC and HTTP+JSON.
 *
 * Joined for a slow reader: pieces of one text. Left out: what the agent does at the moment, once it does something else. Never:
 * states, questions, answers, files.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AgentCard } from "@a2a-js/sdk"
import { ServerCallContext } from "@a2a-js/sdk/server"
import { cardPaths } from "../../plugins/a2a/card.ts"
import type { HealthSource } from "../health/handler.ts"
import { answers, pathOf, type Refused } from "../websocket/answers.ts"
import { type Front, type FrontOptions, full, guarded, type Listening, openFront } from "../websocket/front.ts"
import type { User } from "../wire/wire.ts"
import { bodyOf } from "./body.ts"
import { openBook } from "./book.ts"
import { type Exchange, exchange } from "./exchange.ts"
import { filesPath } from "./files.ts"
import type { OpenHand } from "./hand.ts"
import { requestHandler } from "./handler.ts"
import { hidden } from "./hidden.ts"
import { failed, jsonRpc } from "./json-rpc.ts"
import { openPushes, pushLimits, type PushLimits } from "./pushes.ts"
import { cardRoute, refused, rest } from "./rest.ts"
import { openStore } from "./store.ts"
import { versionOf } from "./version.ts"

export interface A2aParts extends Omit<FrontOptions, "section" | "limits"> {
  readonly open: OpenHand
  /** File that keeps the tasks; absent: they end with the process. */
  readonly tasks?: string | undefined
  /** Absent: what works has no health to tell of, other than that it is there. */
  readonly health?: HealthSource | undefined
  /** @param isKnown Its reader has shown a key. */
  readonly card: (at: { readonly origin: string; readonly isSecured: boolean; readonly isKnown: boolean }) => AgentCard
  /** Where callers reach it, when a proxy stands in front: `https://agents.example.com`. Default: by the name they used. */
  readonly url?: string
  /** Callers elsewhere may have this network's addresses told of their tasks. Default false. */
  readonly isPrivatePush?: boolean
  readonly limits?: Partial<A2aLimits>
  readonly log: (message: string) => void
}

export interface A2aLimits {
  readonly connections: number
  readonly perAddress: number
  /** Tasks of one caller that are not over. */
  readonly tasks: number
  /** Finished tasks that are remembered of one caller. */
  readonly kept: number
  /** Sessions without work that are kept open, at most, and for a minute. */
  readonly resting: number
  /** Bytes of one request. */
  readonly body: number
  /** Milliseconds for a whole request to come. */
  readonly head: number
  /** Milliseconds that a request waits for its task; it is answered with the task as it is then. */
  readonly wait: number
  readonly push: Partial<PushLimits>
}

const usual: Omit<A2aLimits, "push"> = {
  connections: 2000,
  perAddress: 1000,
  tasks: 100,
  kept: 1000,
  resting: 64,
  body: 16 * 1024 * 1024,
  head: 60_000,
  // Node's fetch gives up after 300 s without an answer, and does not know the task's id then.
  wait: 240_000
}

export interface A2aServing extends Listening {
  readonly card: string
  readonly jsonrpc: string
  readonly rest: string
  readonly counts: () => { readonly contexts: number; readonly tasks: number }
  readonly stop: (grace: number) => Promise<void>
}

/** Milliseconds that a request to cancel waits. */
const cancelTime = 10_000

/** Rejects with an AccessError when it would let in whom it must not, and with Node's error when it cannot listen. */
export const serveParts = async (parts: A2aParts): Promise<A2aServing> => {
  const limits = { ...usual, ...parts.limits }
  const front = await openFront({ ...parts, section: "channels.a2a", limits })
  const store = openStore(parts.tasks)
  let url = ""
  const { log, open, isPrivatePush: isPrivateFine = false } = parts
  const origin = (): string => parts.url ?? url
  const pushes = openPushes({ store, isPrivateFine, limits: { ...pushLimits, ...limits.push }, origin, log })
  const book = openBook({ store, open, limits, log, push: pushes.send })
  const isSecured = front.access.find !== undefined
  const card = async (at: string, isKnown: boolean): Promise<AgentCard> =>
    parts.card({ origin: at, isSecured, isKnown })
  const handler = hidden(
    requestHandler({ book, store, pushes, card, exchangeOf, limits: { ...limits, cancel: cancelTime } }),
    log
  )
  front.server.on("request", routes({ parts, front, limits, handler, store, card, book }))
  const bound = await front.listen().catch((error: unknown) => {
    store.close()
    throw error
  })
  url = bound.url
  book.recover()
  let stopped: Promise<void> | undefined
  const stop = async (grace: number): Promise<void> => {
    await book.stop()
    await pushes.stop(Math.min(grace, lastWords))
    await front.close()
    store.close()
  }
  return {
    ...bound,
    card: `${url}${cardPaths.card}`,
    jsonrpc: `${url}${cardPaths.jsonRpc}`,
    rest: `${url}${cardPaths.rest}`,
    key: front.access.madeUp,
    isHere: front.access.isHere,
    warning: front.access.warning,
    counts: book.counts,
    stop: (grace) => {
      book.hurry(grace)
      return (stopped ??= stop(grace))
    }
  }
}

/** Milliseconds, at most, for push notifications that wait when all has stopped. */
const lastWords = 2000

interface RouteParts {
  readonly parts: A2aParts
  readonly front: Front
  readonly limits: Omit<A2aLimits, "push">
  readonly handler: ReturnType<typeof hidden>
  readonly store: ReturnType<typeof openStore>
  readonly card: (origin: string, isKnown: boolean) => Promise<AgentCard>
  readonly book: ReturnType<typeof openBook>
}

const routes = ({ parts, front, limits, handler, store, card, book }: RouteParts) => {
  const origin = (request: IncomingMessage): string => parts.url ?? `http://${request.headers.host ?? ""}`
  const showCard = cardRoute((request) => card(origin(request), false))
  const rpc = jsonRpc(handler)
  const under = new WeakMap<object, ServerCallContext>()
  const http = rest({ handler, contextOf: (headers) => under.get(headers) ?? new ServerCallContext() })
  const health = healthOf(parts.health, front, book)

  const called = async (request: IncomingMessage, response: ServerResponse, user: User): Promise<void> => {
    const path = pathOf(request)
    const version = versionOf(request)
    const at = exchange(request, response, { user, origin: origin(request), version })
    if (path.startsWith(`${filesPath}/`)) return sendFile(store, at, path, response)
    const isRpc = path === cardPaths.jsonRpc
    if (!isRpc && !path.startsWith(`${cardPaths.rest}/`)) return refuse(request, response, nothing)
    if (isRpc && request.method !== "POST") return refuse(request, response, postOnly)
    const body = await bodyOf(request, limits.body)
    if ("problem" in body) response.setHeader("connection", "close")
    request.headers["a2a-version"] = version
    const context = contextOf(at)
    under.set(request.headers, context)
    const call = { body, version, limit: limits.body }
    if (!isRpc) return http(call, request, response)
    return rpc({ ...call, contentType: request.headers["content-type"], context }, response)
  }

  const byKey = guarded(
    front,
    (request, response, user) =>
      void called(request, response, user).catch((error: unknown) => {
        parts.log(`a2a: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        response.destroy()
      }),
    (response, refusal) => refuse(response.req, response, refusal)
  )

  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader("x-content-type-options", "nosniff")
    const path = pathOf(request)
    const isOpen = path === cardPaths.card || path === "/health" || path === "/health/stream"
    if (!isOpen) return byKey(request, response)
    const elsewhere = front.gate.host(request) ?? (front.visitorOf(request) === undefined ? full : undefined)
    if (elsewhere !== undefined) return refuse(request, response.setHeader("connection", "close"), elsewhere)
    if (path !== cardPaths.card) return health(request, response)
    return isRead(request) ? showCard(request, response) : refuse(request, response, readOnly)
  }
}

const healthOf = (source: HealthSource | undefined, front: Front, book: RouteParts["book"]) => {
  const counts = () => ({ peers: 0, sessions: book.counts().contexts, turns: book.counts().tasks })
  const { isStopping } = book
  if (source !== undefined)
    return answers({
      health: source,
      counts,
      isStopping,
      userOf: front.door.bearer,
      console: undefined,
      others: () => nothing
    })
  return (_: IncomingMessage, response: ServerResponse): void => {
    const { sessions, turns } = counts()
    response.writeHead(isStopping() ? 503 : 200, { "content-type": "application/json", "cache-control": "no-store" })
    response.end(`${JSON.stringify({ status: isStopping() ? "stopping" : "ready", sessions, turns })}\n`)
  }
}

const exchangeKey = "kintsugi.exchange"

const contextOf = (at: Exchange): ServerCallContext =>
  new ServerCallContext({ requestedVersion: at.version, state: new Map([[exchangeKey, at]]) })

const exchangeOf = (context: ServerCallContext): Exchange => {
  const at = context.state.get(exchangeKey)
  if (at === undefined) throw new Error("a request that did not come through the front")
  return at as Exchange // put there by us
}

const nothing: Refused = {
  code: 404,
  message: `there are ${cardPaths.card}, ${cardPaths.jsonRpc}, ${cardPaths.rest} and /health`
}

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD"

const readOnly: Refused = { code: 405, message: "a card can only be read", headers: { allow: "GET, HEAD" } }

const postOnly: Refused = { code: 405, message: `${cardPaths.jsonRpc} takes POST`, headers: { allow: "POST" } }

/** Implementation-defined, of JSON-RPC 2.0. */
const serverError = -32_000

/** As the protocol of the path says it. */
const refuse = (request: IncomingMessage, response: ServerResponse, { code, message, headers = {} }: Refused): void => {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (pathOf(request) === cardPaths.jsonRpc) failed(response, code, null, { code: serverError, message })
  else refused(response, "1.0", code, new Error(message))
}

const sendFile = (store: RouteParts["store"], at: Exchange, path: string, response: ServerResponse): void => {
  const [task = "", artifact = ""] = path.slice(filesPath.length + 1).split("/")
  const bytes = store.task(at.owner, task) === undefined ? undefined : store.file(task, decoded(artifact))
  if (bytes === undefined) return refused(response, "1.0", 404, new Error("there is no such file"))
  // Never shown as a page of this server, whatever it is.
  const headers = {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "cache-control": "no-store"
  }
  return void response.writeHead(200, headers).end(bytes)
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}

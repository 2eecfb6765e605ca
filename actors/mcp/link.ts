/** One connection with one server, from its beginning to its end. Loaded when the first server is begun: it brings the SDK. */
import { createRequire } from "node:module"
import { Client, SdkError, SdkErrorCode, SdkHttpError, SseError, type Transport } from "@modelcontextprotocol/client"
import type { McpClient } from "../../plugins/mcp.ts"
import { within } from "../../plugins/ports/within.ts"
import type { Environment } from "../folders.ts"
import type { Way } from "./entry.ts"
import { withWords } from "./last-words.ts"
import { completed } from "./lenient.ts"
import { httpTransport } from "./http-transport.ts"
import { serverRequests } from "./requests.ts"
import { type StdioTransport, stdioTransport } from "./stdio-transport.ts"

export type Era = "modern" | "legacy"

export interface Link {
  readonly client: Client
  readonly era: Era
  readonly transport: "stdio" | "http" | "sse"
  readonly pid: number | undefined
  /** Resolves with how it ended, when nobody has closed it. */
  readonly ended: Promise<string>
  /** Ends it from here: it cannot be used any more. */
  readonly fail: (how: string) => void
  /** The last words of a server that we started. */
  readonly said: () => string
  readonly note: () => string | undefined
  /** Resolves, in bounded time, when nothing of it is left. */
  readonly close: () => Promise<void>
}

export interface LinkParts {
  readonly name: string
  readonly way: Way
  /** Working folder of the agent, which servers are told as their root. */
  readonly cwd: string
  readonly env: Environment
  readonly log: (message: string) => void
  readonly hide: (text: string) => string
  readonly caller: () => Promise<McpClient | undefined>
  /** What it spoke last time: a server of before 2026 is not asked again whether it is newer. */
  readonly era: Era | undefined
  /** Not asked for a server that we start. */
  readonly login: () => Promise<Login>
  /** Told of the process as soon as there is one, so that it can be ended at once. */
  readonly started: (kill: () => void) => void
}

export type Login = Parameters<typeof httpTransport>[2]

/** Why there is no connection, with what the server said. */
export class NotConnected extends Error {
  readonly what: string
  readonly said: string
  constructor(what: string, said: string, options: ErrorOptions) {
    super(withWords(what, said), options)
    this.what = what
    this.said = said
  }
}

/** Milliseconds that a server has to say whether it is of 2026 or later; a silent one over a pipe is taken for an older one. */
const probe = 10_000

/** Milliseconds of the longest timer: whoever connects has a time of their own. */
const longest = 2 ** 31 - 1

/** Milliseconds for a last word to a server over HTTP: that its session is over. */
const goodbye = 1000

/** Rejects with NotConnected, whose cause is what went wrong; nothing is left then. */
export const connect = async (parts: LinkParts, signal: AbortSignal): Promise<Link> => {
  const { way } = parts
  if (way.transport === "stdio") return overPipe(parts, way, signal)
  const login = await parts.login()
  const open = (kind: "http" | "sse") => overHttp(parts, way, kind, login, signal)
  if (way.transport === "sse") return open("sse")
  try {
    return await open("http")
  } catch (error) {
    // As the specification asks of clients that also want to reach servers of 2024-11-05.
    if (!(error instanceof NotConnected) || !isOldServer(error.cause)) throw error
    return await open("sse").catch(() => Promise.reject(error))
  }
}

const isOldServer = (error: unknown): boolean =>
  error instanceof SdkHttpError && [400, 404, 405, 406, 415].includes(error.data.status)

const overPipe = async (
  parts: LinkParts,
  way: Extract<Way, { transport: "stdio" }>,
  signal: AbortSignal
): Promise<Link> => {
  const attempt = async (era: Era | undefined): Promise<Link> => {
    const transport = stdioTransport(way, parts.env, parts.hide)
    parts.started(transport.kill)
    try {
      const said = { said: transport.said, note: transport.note }
      return await establish(parts, transport, era, signal, { ...said, transport: "stdio", ending: transport.ending })
    } catch (error) {
      await transport.close()
      throw new NotConnected(explained(error, transport), transport.said(), { cause: error })
    }
  }
  try {
    return await attempt(parts.era)
  } catch (error) {
    // Some older servers end when they are asked for what they do not know.
    if (parts.era === "legacy" || !wasCutOff(error) || signal.aborted) throw error
    return attempt("legacy")
  }
}

const wasCutOff = (error: unknown): boolean =>
  error instanceof NotConnected &&
  error.cause instanceof SdkError &&
  error.cause.code === SdkErrorCode.EraNegotiationFailed

const explained = (error: unknown, { ending }: Pick<StdioTransport, "ending">): string => {
  const how = ending()
  return how === undefined || how === "was closed" ? messageOf(error) : `it ${how} before it was connected`
}

const overHttp = async (
  parts: LinkParts,
  way: Extract<Way, { url: string }>,
  kind: "http" | "sse",
  login: Login,
  signal: AbortSignal
): Promise<Link> => {
  const transport = httpTransport(way, kind, login)
  try {
    // Of 2024 as it is, nobody speaks the newer protocol that way.
    const era = kind === "sse" ? "legacy" : parts.era
    const said = { said: () => "", note: () => undefined }
    return await establish(parts, transport, era, signal, { ...said, transport: kind, ending: () => undefined })
  } catch (error) {
    await within(transport.close(), goodbye)
    throw new NotConnected(parts.hide(messageOf(error)), "", { cause: error })
  }
}

interface Sort extends Pick<Link, "transport" | "said" | "note"> {
  readonly ending: () => string | undefined
}

const establish = async (
  parts: LinkParts,
  transport: Transport & { readonly pid?: number | null },
  era: Era | undefined,
  signal: AbortSignal,
  { ending, ...sort }: Sort
): Promise<Link> => {
  const client = new Client(
    { name: "kintsugi", version: ownVersion() },
    { capabilities: serverRequests.capabilities, versionNegotiation: { mode: "auto", probe: { timeoutMs: probe } } }
  )
  const { name: server, cwd, caller, log } = parts
  serverRequests.serve(client, { server, cwd, caller, log })
  await shakeHands(client, transport, era, signal)
  const ended = Promise.withResolvers<string>()
  Object.assign(client, {
    onclose: () => ended.resolve(ending() ?? "the connection was closed"),
    onerror: (error: Error) => {
      // Its session ends with its one stream; the SDK would open another one, which knows nothing of us.
      if (error instanceof SseError) ended.resolve(`its stream was cut off: ${error.message}`)
    }
  })
  if (ending() !== undefined) throw new Error(ending())
  let isOver = false
  void ended.promise.then(() => (isOver = true))
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    // An older server over HTTP keeps a session until it is told.
    if (!isOver && "terminateSession" in transport && typeof transport.terminateSession === "function")
      await within(Promise.resolve(transport.terminateSession()), goodbye)
    await client.close()
  }
  return {
    ...sort,
    client,
    era: client.getProtocolEra() ?? "legacy",
    pid: transport.pid ?? undefined,
    ended: ended.promise,
    fail: ended.resolve,
    close: () => (closing ??= close())
  }
}

const shakeHands = async (client: Client, transport: Transport, era: Era | undefined, signal: AbortSignal) => {
  const legacy = era === "legacy" ? { prior: { kind: "legacy" as const } } : {}
  // The SDK's probe does not hear of the signal.
  const giveUp = () => void transport.close()
  signal.addEventListener("abort", giveUp, { once: true })
  try {
    await client.connect(transport, { signal, timeout: longest, ...legacy })
  } finally {
    signal.removeEventListener("abort", giveUp)
  }
  if (client.getProtocolEra() !== "modern") return
  const { onmessage } = transport
  Object.assign(transport, {
    onmessage: (...[message, extra]: Parameters<NonNullable<Transport["onmessage"]>>) =>
      onmessage?.(completed(message), extra)
  })
}

const ownVersion = (): string => {
  const manifest: unknown = createRequire(import.meta.url)("kintsugi/package.json")
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0"
}

/** `fetch failed` says nothing; what caused it does. */
export const messageOf = (error: unknown): string => {
  const said: Array<string> = []
  for (const one of causesOf(error)) {
    const text = one instanceof Error ? one.message || one.name : String(one)
    if (!said.some((before) => before.includes(text))) said.push(text)
  }
  return said.join(": ").slice(0, 2000)
}

/** Outermost first. The SDK keeps some causes in its errors' data. */
export const causesOf = (error: unknown): ReadonlyArray<unknown> => {
  const all: Array<unknown> = []
  for (let one = error; one !== undefined && one !== null && all.length < 8; one = below(one)) all.push(one)
  return all
}

const below = (error: unknown): unknown => {
  if (!(error instanceof Error)) return undefined
  if (error.cause !== undefined) return error.cause
  return error instanceof SdkError && error.data instanceof Object ? Reflect.get(error.data, "cause") : undefined
}

/**
 * MCP on standard input and output, one JSON message a line. A client of revision 2026-07-28 says so in each request; one of before
 * begins with a handshake: each is handed to the server of its era. Nothing else may write to the output.
 *
 * When the input ends, what runs has a second to be answered and is then cancelled; so it is at once when nobody reads any more.
 */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js"
import type { Transport as LegacyTransport } from "@modelcontextprotocol/sdk/shared/transport.js"
import type { Transport } from "@modelcontextprotocol/server"
import { type Line, linesIn } from "../rpc/lines.ts"
import { operator } from "../websocket/users.ts"
import { invalidParams, RpcError } from "./offer.ts"
import { messageLimit } from "./message.ts"
import type { Served } from "./served.ts"
import { isParams } from "./shop.ts"

export interface StdioParts {
  readonly served: Served
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  /** Aborted when it is to end. */
  readonly signal?: AbortSignal
  /** Milliseconds that requests have which run when the input ends. Default: a second. */
  readonly grace?: number
}

const parseError = -32_700
const invalidRequest = -32_600

/** Resolves to the exit code. */
export const serveOnStdio = async ({ served, stdin, stdout, signal, grace = 1000 }: StdioParts): Promise<number> => {
  const [{ legacyServer }, { modern }, { serveStdio }] = await Promise.all([
    import("./legacy.ts"),
    import("./modern.ts"),
    import("@modelcontextprotocol/server/stdio")
  ])
  const out = outputOf(stdout)
  const now = modern(served)
  const eras = { legacy: pipe(out), modern: pipe(out) }
  const before: Server = legacyServer(served, operator)
  await before.connect(eras.legacy)
  const handle = serveStdio(() => now.serverFor(operator), { transport: eras.modern, legacy: "reject" })
  const route = router(eras, out)
  signal?.addEventListener("abort", out.end, { once: true })
  const read = listen(stdin, route)
  await Promise.race([read.then(() => out.idle(grace)), out.ended])
  now.close()
  await Promise.allSettled([before.close(), handle.close()])
  if ("destroy" in stdin && typeof stdin.destroy === "function") stdin.destroy()
  await out.flushed()
  return 0
}

interface Output {
  readonly write: (message: unknown) => Promise<void>
  /** A request has come that wants an answer. */
  readonly owe: (id: unknown) => void
  /** It wants none any more. */
  readonly forget: (id: unknown) => void
  /** Resolves when every request is answered, or after so many milliseconds. */
  readonly idle: (within: number) => Promise<void>
  /** Resolves when nobody reads any more, or `end` was called. */
  readonly ended: Promise<void>
  readonly end: () => void
  readonly flushed: () => Promise<void>
}

const outputOf = (stdout: NodeJS.WritableStream): Output => {
  const ended = Promise.withResolvers<void>()
  /** Ids of requests that have no answer. */
  const owed = new Set<unknown>()
  let tellIdle = (): void => {}
  const forget = (id: unknown): void => {
    owed.delete(id)
    if (owed.size === 0) tellIdle()
  }
  const end = (): void => ended.resolve()
  stdout.on("error", end).on("close", end)
  return {
    ended: ended.promise,
    end,
    owe: (id) => void owed.add(id),
    forget,
    write: async (message) => {
      if (!stdout.writable) return
      const isAnswer = isParams(message) && message.method === undefined
      // A reader that is slow slows down whoever tells it something.
      if (!stdout.write(`${JSON.stringify(message)}\n`))
        await Promise.race([new Promise((resolve) => stdout.once("drain", resolve)), ended.promise])
      if (isAnswer) forget(message.id)
    },
    idle: (within) =>
      new Promise((resolve) => {
        if (owed.size === 0) return resolve()
        const late = setTimeout(resolve, within)
        tellIdle = () => {
          clearTimeout(late)
          resolve()
        }
      }),
    flushed: () =>
      new Promise((resolve) => {
        if (!stdout.writable) return resolve()
        const late = setTimeout(resolve, lastWords)
        stdout.write("", () => {
          clearTimeout(late)
          resolve()
        })
      })
  }
}

/** Milliseconds that a reader has for the last lines. */
const lastWords = 2000

/** One side of a connection, as both SDKs know it. */
type Pipe = Transport & LegacyTransport

const pipe = ({ write }: Pick<Output, "write">): Pipe => {
  let isClosed = false
  const one: Pipe = {
    start: async () => {},
    send: write,
    close: async () => {
      const wasClosed = isClosed
      isClosed = true
      if (!wasClosed) one.onclose?.()
    }
  }
  return one
}

/** Every line is answered or handed on. */
const router = (eras: Readonly<Record<"legacy" | "modern", Pipe>>, out: Output) => {
  let era: "legacy" | "modern" | undefined
  const refuse = (error: RpcError, id: unknown = null): void =>
    void out.write({ jsonrpc: "2.0", id, error: { code: error.code, message: error.message } })
  return async (line: Line): Promise<void> => {
    if ("wrong" in line) return refuse(wrongLines[line.wrong])
    if (line.text.trim() === "") return
    const message = readMessage(line.text)
    if (message instanceof RpcError) return refuse(message)
    const { id, method } = message
    if (method !== undefined && (typeof method !== "string" || !isId(id)))
      return refuse(
        new RpcError(invalidRequest, "method must be a text, id a text or a number"),
        isId(id) ? (id ?? null) : null
      )
    if (method !== undefined && message.params !== undefined && !isParams(message.params))
      return refuse(new RpcError(invalidParams, "params must be an object"), id ?? null)
    if (method === "initialize") era = "legacy"
    else if (era !== "legacy" && isModern(message)) era = "modern"
    if (method !== undefined && id !== undefined) out.owe(id)
    if (method === "notifications/cancelled" && isParams(message.params)) out.forget(message.params.requestId)
    // Looked at above, as far as both SDKs rely on it.
    eras[era ?? "legacy"].onmessage?.(message as never)
  }
}

const wrongLines: Readonly<Record<"too_large" | "not_utf8", RpcError>> = {
  too_large: new RpcError(invalidRequest, `a message has at most ${messageLimit / 1024 / 1024} MiB`),
  not_utf8: new RpcError(parseError, "a message must be UTF-8")
}

const readMessage = (text: string): Readonly<Record<string, unknown>> | RpcError => {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return new RpcError(parseError, "a line must hold one message in JSON")
  }
  return isParams(message) && message.jsonrpc === "2.0"
    ? message
    : new RpcError(invalidRequest, "a message must be one object of JSON-RPC 2.0")
}

const isId = (id: unknown): boolean => id === undefined || typeof id === "string" || typeof id === "number"

const isModern = ({ params }: Readonly<Record<string, unknown>>): boolean => {
  const { _meta: meta } = isParams(params) ? params : {}
  return isParams(meta) && "io.modelcontextprotocol/protocolVersion" in meta
}

const listen = async (stdin: NodeJS.ReadableStream, hear: (line: Line) => Promise<void>): Promise<void> => {
  const lines = linesIn(messageLimit)
  try {
    for await (const piece of stdin) for (const line of lines.push(Buffer.from(piece))) await hear(line)
  } catch {
    // An input that breaks has ended.
  }
  for (const line of lines.end()) await hear(line)
}

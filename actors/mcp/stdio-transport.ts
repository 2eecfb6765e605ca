/**
 * Messages over a server's standard input and output, one a line. Unlike the SDK's own it ends the whole process tree, keeps what
 * was written to standard error, bears what is no message, and bounds every line.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import {
  deserializeMessage,
  type JSONRPCMessage,
  SdkError,
  SdkErrorCode,
  serializeMessage,
  type Transport
} from "@modelcontextprotocol/client"
import { lineReader } from "../hosts/lines.ts"
import type { Environment } from "../folders.ts"
import type { Way } from "./entry.ts"
import { lastWords } from "./last-words.ts"
import { type ServerProcess, startServer } from "./server-process.ts"

export interface StdioTransport extends Transport {
  /** What it wrote to standard error last. */
  readonly said: () => string
  /** Present when it wrote what it must not. */
  readonly note: () => string | undefined
  /** How it ended, when it has. */
  readonly ending: () => string | undefined
  readonly kill: () => void
}

/** Bytes of a message, bytes that wait to be read by it, lines in a row that are no messages. */
const limits = { message: 32 * 1024 * 1024, waiting: 32 * 1024 * 1024, garbage: 1000 }

/** @param hide Takes secrets out of what it said. */
export const stdioTransport = (
  way: Extract<Way, { transport: "stdio" }>,
  env: Environment,
  hide: (text: string) => string
): StdioTransport => {
  const words = lastWords(hide)
  const noise = noiseOf(hide)
  const asked = new Map<string | number, ReturnType<typeof AsyncLocalStorage.snapshot>>()
  let running: ServerProcess | undefined
  let ending: string | undefined

  const end = (how: string): void => {
    if (ending !== undefined) return
    ending = how
    transport.onclose?.()
  }
  const fault = (what: string): void => {
    transport.onerror?.(new Error(what))
    end(what)
    void running?.close()
  }
  /** In the context of the request that it answers, so that what the answer wants is known to belong to it. */
  const deliver = (message: JSONRPCMessage): void => {
    const id = "id" in message && !("method" in message) ? message.id : undefined
    const inContext = id === undefined ? undefined : asked.get(id)
    if (id !== undefined) asked.delete(id)
    if (inContext === undefined) transport.onmessage?.(message)
    else inContext(() => transport.onmessage?.(message))
  }
  const hear = (line: string): void => {
    if (line.trim() === "" || ending !== undefined) return
    const messages = messagesIn(line)
    if (messages === undefined) {
      if (noise.add(line)) fault(`writes to its standard output what is no message: ${noise.first()}`)
      return
    }
    noise.pause()
    for (const message of messages) deliver(message)
  }

  const start = async (): Promise<void> => {
    if (running !== undefined) throw new SdkError(SdkErrorCode.AlreadyConnected, "already started")
    running = await startServer(way, env)
    const { streams, ended } = running
    const excess = () => fault(`sent a message of more than ${limits.message} bytes`)
    const reader = lineReader(limits.message, hear, excess)
    streams.stdout.on("data", (bytes: Uint8Array) => (ending === undefined ? reader.push(bytes) : undefined))
    streams.stderr.on("data", words.push)
    void ended.then((how) => {
      end(`ended: ${how}`)
      // What it started may live on.
      return running?.close()
    })
  }

  const send = async (message: JSONRPCMessage): Promise<void> => {
    if (running === undefined || ending !== undefined)
      throw new SdkError(SdkErrorCode.ConnectionClosed, `it has ${ending ?? "not been started"}`)
    const { stdin } = running.streams
    if (stdin.writableLength > limits.waiting)
      throw new SdkError(SdkErrorCode.SendFailed, "it does not read its standard input")
    if ("id" in message && "method" in message) asked.set(message.id, AsyncLocalStorage.snapshot())
    if ("method" in message && message.method === "notifications/cancelled") forget(message.params)
    stdin.write(serializeMessage(message))
  }
  const forget = (params: unknown): void => {
    if (typeof params !== "object" || params === null || !("requestId" in params)) return
    const { requestId } = params
    if (typeof requestId === "string" || typeof requestId === "number") asked.delete(requestId)
  }

  const transport: StdioTransport & { readonly pid: number | null; readonly stderr: null } = {
    // By these two the SDK knows that this is a pipe to a process: a server that does not know its probe may be silent.
    get pid() {
      return running?.pid ?? null
    },
    stderr: null,
    start,
    send,
    close: async () => {
      end("was closed")
      await running?.close()
    },
    said: words.text,
    note: noise.note,
    ending: () => ending,
    kill: () => running?.kill()
  }
  return transport
}

/** A line may hold several, as revision 2025-03-26 allowed. `undefined`: it is none. */
const messagesIn = (line: string): ReadonlyArray<JSONRPCMessage> | undefined => {
  try {
    if (!line.trimStart().startsWith("[")) return [deserializeMessage(line)]
    const batch: unknown = JSON.parse(line)
    return Array.isArray(batch) ? batch.map((one) => deserializeMessage(JSON.stringify(one))) : undefined
  } catch {
    return undefined
  }
}

/** Lines that are no messages: borne and told, but not without end. */
const noiseOf = (hide: (text: string) => string) => {
  let total = 0
  let inARow = 0
  let first = ""
  return {
    /** @returns whether it is too much. */
    add: (line: string): boolean => {
      if (total++ === 0) first = JSON.stringify(hide(line.slice(0, 200)))
      return ++inARow > limits.garbage
    },
    pause: (): void => void (inARow = 0),
    first: () => first,
    note: (): string | undefined =>
      total === 0
        ? undefined
        : `${total} ${total === 1 ? "line" : "lines"} on its standard output were no messages, the first: ${first}`
  }
}

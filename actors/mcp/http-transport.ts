/** How servers at an address are reached: redirects stay within their origin, and no answer grows without bound. */
import {
  type AuthProvider,
  type FetchLike,
  type JSONRPCMessage,
  type OAuthClientProvider,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions
} from "@modelcontextprotocol/client"
import type { Way } from "./entry.ts"

/** Bytes of an answer, or of one event of a stream. */
const longest = 32 * 1024 * 1024

export const httpTransport = (
  { url, headers }: Extract<Way, { url: string }>,
  kind: "http" | "sse",
  authProvider: AuthProvider | OAuthClientProvider | undefined
): Transport => {
  const options = {
    requestInit: { headers: { ...headers } },
    fetch: boundedFetch,
    ...(authProvider !== undefined && { authProvider })
  }
  return kind === "sse" ? new SSEClientTransport(new URL(url), options) : new AnsweringTransport(new URL(url), options)
}

/** What a request is answered with whose connection ended before its answer. */
export const cutOff = "the connection was cut off before the answer"

/** The SDK's own leaves a request without an answer when the stream of its answer ends, and cannot be taken up again. */
class AnsweringTransport extends StreamableHTTPClientTransport {
  override async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!("id" in message && "method" in message) || options?.onRequestStreamEnd !== undefined)
      return super.send(message, options)
    const { id } = message
    // One that was answered before its stream ended is not known any more, and nothing comes of this.
    const onRequestStreamEnd = () => this.onmessage?.({ jsonrpc: "2.0", id, error: { code: -32_000, message: cutOff } })
    return super.send(message, { ...options, onRequestStreamEnd })
  }
}

const boundedFetch: FetchLike = async (address, init) => {
  const response = await fetch(address, init)
  const { body, status, statusText, headers } = response
  if (body === null) return response
  const isStream = headers.get("content-type")?.includes("text/event-stream") === true
  const bounded = new Response(body.pipeThrough(bound(isStream)), { status, statusText, headers })
  // A made response has no address, and relative ones in it are read against that.
  return Object.defineProperty(bounded, "url", { value: response.url })
}

const newline = 10
const carriageReturn = 13

/** An event ends with an empty line; the bytes since then count. */
const bound = (isStream: boolean): TransformStream<Uint8Array, Uint8Array> => {
  let length = 0
  let isLineEmpty = true
  const count = (byte: number): void => {
    length++
    if (byte === newline) {
      if (isLineEmpty) length = 0
      isLineEmpty = true
    } else if (byte !== carriageReturn) isLineEmpty = false
  }
  return new TransformStream({
    transform: (bytes, controller) => {
      if (isStream) for (const byte of bytes) count(byte)
      else length += bytes.length
      if (length > longest) controller.error(new Error(`sent a message of more than ${longest} bytes`))
      else controller.enqueue(bytes)
    }
  })
}

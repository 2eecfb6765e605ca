/** A provider on the loopback interface that says whatever a spec wants, in whatever pieces, and misbehaves on request. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate } from "node:timers/promises"

export interface Answer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default `utf8`. */
  readonly encoding?: "utf8" | "latin1"
  /** Lengths in bytes of the pieces that the body is written in; the rest follows whole. Default: all at once. */
  readonly pieces?: ReadonlyArray<number>
  /**
   * What comes after the body: a proper `end`, a `cut` socket, or nothing more (`stall`).
   * `drip` goes on with a `beat` every few milliseconds; `silent` sends not even headers.
   */
  readonly ending?: "end" | "cut" | "stall" | "drip" | "silent"
  /** What `drip` says; default a comment. */
  readonly beat?: string
}

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Settles when the client lets go of the connection before it has the whole answer. */
  readonly aborted: Promise<void>
}

export interface WireServer extends AsyncDisposable {
  readonly url: string
  readonly received: Array<Received>
  /** Settles with the next request that comes. */
  readonly next: () => Promise<Received>
  /** What every request from now on is answered with. */
  answer: Answer
  /** Instead of `answer`, for a server that says this and that; `undefined`: `answer` stands. */
  answerTo?: (request: Received) => Answer | undefined
}

const comment = ": still here\n\n"

const write = async (
  response: ServerResponse,
  { status = 200, headers = {}, body = "", encoding = "utf8", pieces = [], ending = "end", beat = comment }: Answer
) => {
  if (ending === "silent") return
  response.writeHead(status, { "content-type": "text/event-stream", ...headers })
  response.flushHeaders()
  const bytes = Buffer.from(body, encoding)
  let from = 0
  for (const length of pieces) {
    if (from >= bytes.length || response.destroyed) break
    response.write(bytes.subarray(from, from + length))
    from += length
    await setImmediate()
  }
  if (from < bytes.length) response.write(bytes.subarray(from))
  if (ending === "end") response.end()
  // The body must have left before the socket goes, or the client sees nothing of it.
  if (ending === "cut") response.write("", () => response.destroy())
  if (ending === "drip") {
    const tap = setInterval(() => response.write(beat, encoding), 5)
    response.once("close", () => clearInterval(tap))
  }
}

/** @param usual How it answers where an answer says nothing else. */
export const wireServer = async (usual: Pick<Answer, "encoding" | "beat"> = {}): Promise<WireServer> => {
  const received: Array<Received> = []
  let waiting: Array<(request: Received) => void> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    const aborted = new Promise<void>((resolve) => {
      response.once("close", () => (response.writableFinished ? undefined : resolve()))
    })
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const told = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        aborted
      }
      received.push(told)
      waiting.forEach((resolve) => resolve(told))
      waiting = []
      void write(response, { ...usual, ...(self.answerTo?.(told) ?? self.answer) })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const self: WireServer = {
    url: `http://127.0.0.1:${port}`,
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    answer: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return self
}

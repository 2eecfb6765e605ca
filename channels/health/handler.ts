/**
 * Health over HTTP: `GET /health` for a look, `GET /health/stream` to go on looking (server-sent events, one snapshot a
 * second).
 *
 * Probes: 200 as long as the runtime works, also when it is `degraded`. A quarantined plugin is contained, and restarting
 * or passing by the whole process because of it would do the harm that was prevented; who wants to be woken by it reads
 * `status`. 503 when the runtime is stopping, or cannot say how it is.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Health } from "../../actors/health.ts"

export interface HealthSource {
  readonly health: () => Health
}

/** @returns false when the path is not one of these; the response is untouched then. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => boolean

interface Snapshot {
  readonly code: 200 | 503
  readonly text: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** Milliseconds that a snapshot serves everybody who asks: a crowd costs no more than one. */
const fresh = 50

/** Milliseconds between two snapshots of a stream. */
const beat = 1000

export const healthHandler = (source: HealthSource): HealthHandler => {
  let last: Snapshot | undefined
  const look = (): Snapshot => {
    const now = Date.now()
    if (last === undefined || now - last.at >= fresh || now < last.at) last = snapshot(source, now)
    return last
  }
  const streams = broadcast(look)
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0]
    if (path !== "/health" && path !== "/health/stream") return false
    if (request.method !== "GET" && request.method !== "HEAD")
      response.writeHead(405, { allow: "GET, HEAD" }).end("health can only be read: GET /health\n")
    else if (path === "/health/stream" && request.method === "GET") streams(response)
    else answer(response, look())
    return true
  }
}

const snapshot = ({ health }: HealthSource, at: number): Snapshot => {
  try {
    const now = health()
    return { code: now.tree.state === "running" ? 200 : 503, text: JSON.stringify(now), at }
  } catch (error) {
    return { code: 503, text: JSON.stringify({ error: `the runtime cannot say how it is: ${String(error)}` }), at }
  }
}

const answer = (response: ServerResponse, { code, text }: Snapshot): void =>
  void response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" }).end(`${text}\n`)

/** Readers at a time. */
const seats = 64

/** Snapshots that a reader may leave lying before it is let go. */
const patience = 30

/** One clock for all readers. A slow one skips snapshots instead of piling them up. */
const broadcast = (look: () => Snapshot) => {
  /** How many snapshots each reader has skipped in a row. */
  const readers = new Map<ServerResponse, number>()
  let clock: NodeJS.Timeout | undefined
  const tell = (): void => {
    const { text } = look()
    for (const [reader, skipped] of readers) {
      if (!reader.writableNeedDrain) {
        readers.set(reader, 0)
        reader.write(`data: ${text}\n\n`)
      } else if (skipped < patience) readers.set(reader, skipped + 1)
      else reader.destroy()
    }
  }
  const leave = (reader: ServerResponse): void => {
    readers.delete(reader)
    if (readers.size === 0) clearInterval(clock)
  }
  return (response: ServerResponse): void => {
    if (readers.size >= seats)
      return void response.writeHead(503, { "retry-after": "5" }).end(`${seats} readers watch already\n`)
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
    response.write(`data: ${look().text}\n\n`)
    if (readers.size === 0) clock = setInterval(tell, beat).unref()
    readers.set(response, 0)
    response.once("close", () => leave(response))
  }
}

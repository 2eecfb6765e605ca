/** The host's side of `fetch`: bodies stay here and are handed over piece by piece. */
import type { Opened } from "./frames.ts"

export interface NearFetch {
  readonly open: (asked: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<Opened>
  /** The next piece in base64; `undefined` at the end. */
  readonly read: (id: number, signal: AbortSignal) => Promise<string | undefined>
  readonly cancel: (id: number) => Promise<void>
  readonly close: () => void
}

/** Bytes of a piece at most: well under the limit of a message. */
const piece = 256 * 1024

interface Body {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  /** What was read and not yet handed over. */
  rest: Uint8Array | undefined
}

export const nearFetch = (fetch: typeof globalThis.fetch): NearFetch => {
  const bodies = new Map<number, Body>()
  let last = 0

  const cancel = async (id: number): Promise<void> => {
    const body = bodies.get(id)
    bodies.delete(id)
    // What it was cancelled for is known to whoever did it.
    await body?.reader.cancel().catch(() => {})
  }

  const next = async (id: number, body: Body): Promise<Uint8Array | undefined> => {
    const bytes = body.rest ?? (await body.reader.read()).value
    if (bytes === undefined) bodies.delete(id)
    body.rest = bytes !== undefined && bytes.length > piece ? bytes.subarray(piece) : undefined
    return bytes?.subarray(0, piece)
  }

  return {
    open: async (asked, signal) => {
      const response = await fetch(String(asked.url), { ...initOf(asked), signal })
      const { url, status, statusText, redirected } = response
      const opened = { url, status, statusText, redirected, headers: [...response.headers] }
      if (response.body === null) return { ...opened, body: undefined }
      bodies.set(++last, { reader: response.body.getReader(), rest: undefined })
      return { ...opened, body: last }
    },
    read: async (id, signal) => {
      const body = bodies.get(id)
      if (body === undefined) throw new TypeError("the response's body is not there any more: its call is over")
      const stop = () => void cancel(id)
      signal.addEventListener("abort", stop, { once: true })
      const bytes = await next(id, body)
      signal.throwIfAborted()
      if (bytes === undefined) return undefined
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
    },
    cancel,
    close: () => {
      for (const id of bodies.keys()) void cancel(id)
    }
  }
}

const initOf = ({ method, headers, redirect, body }: Readonly<Record<string, unknown>>): RequestInit => ({
  method: String(method),
  headers: Array.isArray(headers)
    ? headers.map(([name, value]): [string, string] => [String(name), String(value)])
    : [],
  redirect: redirect === "manual" || redirect === "error" ? redirect : "follow",
  ...(typeof body === "string" ? { body: Buffer.from(body, "base64") } : {})
})

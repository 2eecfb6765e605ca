/** `fetch` for one peer: its origins only, with its token, no redirect out of them, and never more bytes than a bound. */
import { elsewhere, within } from "./origin.ts"
import { type Peer, PeerError } from "./peer.ts"
import { guardEvents } from "./guard-events.ts"
import { line, without } from "./words.ts"

/** Redirects that are followed. */
const hops = 3

/** Of an error's body that is quoted, characters. */
const quoted = 300

export interface FetchParts {
  readonly fetch: typeof fetch
  /** Bytes of a body, as they are after decompression. */
  readonly most: number
}

/** Rejects with a PeerError for whatever has nothing to do with A2A itself. */
export const guardedFetch =
  (peer: Peer, { fetch, most }: FetchParts): typeof globalThis.fetch =>
  async (input, init = {}) => {
    let address = input instanceof Request ? input.url : String(input)
    const headers = new Headers(init.headers)
    if (peer.token !== undefined) headers.set("authorization", `Bearer ${peer.token}`)
    for (let hop = 0; ; hop++) {
      const url = within(peer, address)
      if (url === undefined) throw elsewhere(peer, address, hop === 0 ? "its card puts it at" : "it redirects to")
      const response = await contact(fetch, url, { ...init, headers, redirect: "manual" })
      const next = redirected(response, init.method ?? "GET")
      if (next === undefined) return bounded(await admitted(peer, response), most)
      await response.body?.cancel()
      if (hop === hops) throw new PeerError("protocol", `it redirects more than ${hops} times`)
      address = new URL(next, url).href
    }
  }

const contact = async (fetch: FetchParts["fetch"], url: URL, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    const reason = reasonOf(error)
    // Whatever is posted may have arrived before that.
    const isCut = init.method === "POST" && /^(ECONNRESET|EPIPE|UND_ERR_(SOCKET|HEADERS_TIMEOUT))$/.test(reason)
    if (isCut) throw new PeerError("unsure", `it broke off the connection (${reason})`, { cause: error })
    throw new PeerError("unreachable", `${url.host} cannot be reached (${reason})`, { cause: error })
  }
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined
  return code ?? (cause instanceof Error ? line(cause.message, quoted) : String(cause))
}

/** Where to, when that may be followed: what was posted is posted again only where the server asks for just that. */
const redirected = ({ status, headers }: Response, method: string): string | undefined => {
  const isSame = status === 307 || status === 308
  const isRead = /^(GET|HEAD)$/i.test(method) && [301, 302, 303].includes(status)
  return isSame || isRead ? (headers.get("location") ?? undefined) : undefined
}

/** Whatever is no answer of an agent but one of the server before it. */
const admitted = async (peer: Peer, response: Response): Promise<Response> => {
  const { status } = response
  const isRefused = status === 401 || status === 403
  if (!isRefused && status !== 429 && (status < 300 || status > 399)) return response
  const said = line(
    without(
      peer.token,
      await bounded(response, 10_000)
        .text()
        .catch(() => "")
    ),
    quoted
  )
  const words = said === "" ? "" : `; it says: ${said}`
  if (status === 429) throw new PeerError("refused", `it is asked too often${retryAfter(response)}${words}`)
  if (!isRefused) throw new PeerError("protocol", `it answers with a redirect (${status}) that leads nowhere`)
  const way =
    peer.token === undefined
      ? "it wants a token: set it in channels.a2a.peers, or for an address in KINTSUGI_A2A_TOKEN"
      : "it does not take the token of this peer"
  throw new PeerError("unauthorized", `${way} (HTTP ${status}${words})`)
}

const retryAfter = ({ headers }: Response): string => {
  const seconds = headers.get("retry-after") ?? ""
  return /^\d{1,6}$/.test(seconds) ? `, again in ${seconds} s` : ""
}

/** The same answer, whose body fails once it is too long. */
const bounded = (response: Response, most: number): Response => {
  if (response.body === null) return response
  const tooLong = (): PeerError => new PeerError("protocol", `it says more than ${most} bytes at once`)
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > most) controller.error(tooLong())
        else controller.enqueue(chunk)
      }
    })
  )
  const { status, statusText, headers } = response
  const isStream = headers.get("content-type")?.startsWith("text/event-stream") ?? false
  return new Response(isStream ? guardEvents(counted) : counted, { status, statusText, headers })
}

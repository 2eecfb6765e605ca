/** A peer's card: fetched within bounds, kept as long as its server says, read from either version's form. */
import type { AgentCard } from "@a2a-js/sdk"
import { failureOf, tellable } from "./failure.ts"
import { guardedFetch } from "./guarded-fetch.ts"
import { largestCard, type Peer, PeerError } from "./peer.ts"

export interface FoundCard {
  /** In the form of 1.0, whichever it was served in. */
  readonly card: AgentCard
  /** As it was served. */
  readonly served: object
  /** Where it was found. */
  readonly url: string
}

interface Kept extends FoundCard {
  readonly etag: string | null
  readonly modified: string | null
  /** Milliseconds since the Unix epoch. */
  readonly freshUntil: number
}

/** By address; one entry for each peer, so it needs no bound. */
export type Cards = Map<string, Kept>

export interface FindParts {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly within: number
  readonly cards?: Cards
}

/** Seconds for which a card without any word about it is kept, and for which one is at most. */
const kept = { usual: 60, most: 86_400 }

/** @throws PeerError */
export const findCard = async (peer: Peer, parts: FindParts): Promise<FoundCard> => {
  const known = parts.cards?.get(peer.url)
  if (known !== undefined && known.freshUntil > Date.now()) return known
  const late = AbortSignal.timeout(parts.within)
  const signal = AbortSignal.any([parts.signal, late])
  try {
    const found = await lookUp(peer, { ...parts, signal }, known)
    if (found.freshUntil > 0) parts.cards?.set(peer.url, found)
    else parts.cards?.delete(peer.url)
    return found
  } catch (error) {
    parts.signal.throwIfAborted()
    if (late.aborted)
      throw new PeerError("timeout", `its card did not come within ${parts.within / 1000} s`, { cause: error })
    throw tellable(peer, error)
  }
}

/** Below the address, else at the top of its server: many give the address at which messages are taken. */
const placesOf = ({ url }: Peer): ReadonlyArray<string> => {
  const { pathname, origin } = new URL(url)
  if (pathname.endsWith(".json")) return [url]
  const below = `${origin}${pathname.replace(/\/*$/, "/")}.well-known/agent-card.json`
  return [...new Set([below, `${origin}/.well-known/agent-card.json`])]
}

const lookUp = async (peer: Peer, { fetch, signal }: FindParts, known: Kept | undefined): Promise<Kept> => {
  const get = guardedFetch(peer, { fetch, most: largestCard })
  let status = 0
  for (const url of placesOf(peer)) {
    const response = await get(url, { headers: headersFor(url, known), signal })
    if (response.status === 304 && known !== undefined) return { ...known, freshUntil: freshness(response.headers) }
    if (response.ok) return read(url, response)
    await response.body?.cancel()
    status = response.status
  }
  throw new PeerError("protocol", `it has no card at ${placesOf(peer).join(" or ")} (HTTP ${status})`)
}

const headersFor = (url: string, known: Kept | undefined): Headers => {
  const headers = new Headers({ accept: "application/json", "a2a-version": "1.0" })
  if (known?.url !== url) return headers
  if (known.etag !== null) headers.set("if-none-match", known.etag)
  else if (known.modified !== null) headers.set("if-modified-since", known.modified)
  return headers
}

const read = async (url: string, response: Response): Promise<Kept> => {
  const { headers } = response
  const served = await bodyOf(response)
  return {
    card: await readCard(served),
    served,
    url,
    etag: headers.get("etag"),
    modified: headers.get("last-modified"),
    freshUntil: freshness(headers)
  }
}

const bodyOf = async (response: Response): Promise<object> => {
  const text = await response.text()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  throw new PeerError("protocol", "what it serves as its card is not a JSON object")
}

/** Until when it need not be asked for; 0: it is not to be kept. */
const freshness = (headers: Headers): number => {
  const control = headers.get("cache-control")?.toLowerCase() ?? ""
  if (/\bno-store\b/.test(control)) return 0
  const age = /\bmax-age=(\d{1,9})\b/.exec(control)?.[1]
  const seconds = /\bno-cache\b/.test(control) ? 0 : Math.min(Number(age ?? kept.usual), kept.most)
  return Date.now() + seconds * 1000
}

/** @throws PeerError when it is the card of neither version. */
const readCard = async (served: object): Promise<AgentCard> => {
  const [{ AgentCard }, { isLegacyAgentCard, parseLegacyAgentCard }] = await Promise.all([
    import("@a2a-js/sdk"),
    import("@a2a-js/sdk/compat/v0_3/client")
  ])
  try {
    return isLegacyAgentCard(served) ? parseLegacyAgentCard(served) : AgentCard.fromJSON(served)
  } catch (error) {
    throw new PeerError("protocol", `its card is not one of A2A: ${failureOf(error).message}`, { cause: error })
  }
}

/** A peer's card becomes clients: one for each way of talking to it that both sides know, the best first. */
import type { AgentCard, AgentInterface } from "@a2a-js/sdk"
import type { Client } from "@a2a-js/sdk/client"
import { guardedFetch } from "./guarded-fetch.ts"
import { elsewhere, within } from "./origin.ts"
import { largestAnswer, type Peer, PeerError } from "./peer.ts"
import { line } from "./words.ts"

/** One way of talking to a peer. */
export interface Line {
  readonly client: Client
  /** `1.0` or `0.3`. */
  readonly version: string
  /** `JSONRPC` or `HTTP+JSON`. */
  readonly binding: string
  readonly url: string
  /** It says that it can stream. */
  readonly streams: boolean
}

const bindings: ReadonlySet<string> = new Set(["JSONRPC", "HTTP+JSON"])

/**
 * The newer version first, and in the order of the card; of 0.3 JSON-RPC first, since the SDK loses names of files over the other.
 *
 * @throws PeerError when there is none, saying what there was instead.
 */
export const waysOf = (peer: Peer, card: AgentCard): ReadonlyArray<AgentInterface> => {
  const offered = card.supportedInterfaces.filter(({ url }) => typeof url === "string")
  const spoken = offered.flatMap((one) => {
    const protocolVersion = versionOf(one.protocolVersion)
    const protocolBinding = String(one.protocolBinding).toUpperCase()
    if (protocolVersion === undefined || !bindings.has(protocolBinding)) return []
    return [{ ...one, protocolVersion, protocolBinding, tenant: String(one.tenant ?? "") }]
  })
  if (spoken.length === 0) throw new PeerError("version", notSpoken(offered))
  const near = spoken.flatMap((one) => {
    const url = within(peer, one.url)
    return url === undefined ? [] : [{ ...one, url: url.href }]
  })
  if (near.length === 0) throw elsewhere(peer, spoken[0]?.url ?? "", "its card puts it at")
  return near.toSorted((a, b) => rank(b) - rank(a))
}

const rank = ({ protocolVersion, protocolBinding }: AgentInterface): number =>
  protocolVersion === "1.0" ? 2 : protocolBinding === "JSONRPC" ? 1 : 0

/** As we speak it; patch numbers do not count, and a card of 0.3 may leave it out. */
const versionOf = (given: unknown): "1.0" | "0.3" | undefined => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(String(given ?? "")) ?? []
  if (major === "1") return "1.0"
  return (major === "0" && Number(minor) >= 3) || given === "" ? "0.3" : undefined
}

const notSpoken = (offered: ReadonlyArray<AgentInterface>): string => {
  const told = offered.map((one) => line(`${one.protocolBinding} ${one.protocolVersion}`, 40)).slice(0, 5)
  const theirs = told.length === 0 ? "its card names no interface" : `it speaks ${told.join(", ")}`
  return `${theirs}; we speak JSONRPC and HTTP+JSON, of A2A 1.0 and 0.3`
}

export const openLine = async (
  peer: Peer,
  card: AgentCard,
  way: AgentInterface,
  fetch: typeof globalThis.fetch
): Promise<Line> => {
  const { ClientFactory, JsonRpcTransportFactory, RestTransportFactory } = await import("@a2a-js/sdk/client")
  const options = {
    fetchImpl: guardedFetch(peer, { fetch, most: largestAnswer }),
    legacyCompat: { enabled: true }
  }
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)]
  })
  const streams = card.capabilities?.streaming === true
  const client = await factory.createFromAgentCard({
    ...card,
    supportedInterfaces: [way],
    // Decided by us, who can do without.
    capabilities: { extensions: [], ...card.capabilities, streaming: true, extendedAgentCard: false }
  })
  return { client, version: way.protocolVersion, binding: way.protocolBinding, url: way.url, streams }
}

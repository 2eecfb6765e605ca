/** What `a2a_list_peers` shows: who the configured peers are, as their cards say; one that is silent hides no other. */
import type { AgentCard } from "@a2a-js/sdk"
import { waysOf } from "./connect.ts"
import { type Cards, findCard } from "./find-card.ts"
import { type Peer, PeerError, type Times, usualTimes } from "./peer.ts"
import { line } from "./words.ts"

export interface PeerView {
  readonly name: string
  readonly url: string
  readonly reachable: boolean
  /** Why it is not, or cannot be talked to. */
  readonly error?: string
  /** As it calls itself. */
  readonly agent?: string
  readonly description?: string
  readonly version?: string
  /** How it is talked to: `A2A 1.0 over JSONRPC`. */
  readonly protocol?: string
  readonly streams?: boolean
  readonly skills?: ReadonlyArray<{ readonly id: string; readonly name: string; readonly description: string }>
}

export interface ListParts {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  readonly cards: Cards
  readonly times?: Times
}

/** Skills of a card, and characters of a text of it. */
const most = { skills: 20, text: 300, name: 100 }

export const listPeers = (
  peers: ReadonlyArray<Peer>,
  { times = usualTimes, ...parts }: ListParts
): Promise<ReadonlyArray<PeerView>> =>
  Promise.all(
    peers.map(async (peer) => {
      const { name, url } = peer
      try {
        const { card } = await findCard(peer, { ...parts, within: times.card })
        return { name, url, reachable: true, ...about(card), ...talked(peer, card) }
      } catch (error) {
        if (error instanceof PeerError) return { name, url, reachable: false, error: error.message }
        throw error
      }
    })
  )

const about = ({ name, description, version, capabilities, skills }: AgentCard) => ({
  agent: line(String(name), most.name),
  description: line(String(description), most.text),
  version: line(String(version), most.name),
  streams: capabilities?.streaming === true,
  skills: skills.slice(0, most.skills).map((skill) => ({
    id: line(String(skill.id), most.name),
    name: line(String(skill.name), most.name),
    description: line(String(skill.description), most.text)
  }))
})

const talked = (peer: Peer, card: AgentCard): Pick<PeerView, "protocol" | "error"> => {
  try {
    const [best] = waysOf(peer, card)
    return best === undefined ? {} : { protocol: `A2A ${best.protocolVersion} over ${best.protocolBinding}` }
  } catch (error) {
    if (error instanceof PeerError) return { error: error.message }
    throw error
  }
}

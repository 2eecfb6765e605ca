/** A peer's card for people. */
import type { FoundCard } from "../../plugins/a2a/find-card.ts"
import type { Peer } from "../../plugins/a2a/peer.ts"
import { oneLine } from "./printable.ts"

/** Characters of one text of a card. */
const most = 500

export const cardLines = async (peer: Peer, { card, url }: FoundCard): Promise<ReadonlyArray<string>> => {
  const { capabilities, skills } = card
  const abilities = [
    ...(capabilities?.streaming === true ? ["streaming"] : []),
    ...(capabilities?.pushNotifications === true ? ["push notifications"] : [])
  ]
  return [
    `${oneLine(String(card.name), most)} ${oneLine(String(card.version), most)}`.trim(),
    oneLine(String(card.description), most),
    `card: ${url}`,
    ...(await wayLines(peer, card)),
    `can: ${abilities.join(", ") || "neither stream nor push"}`,
    ...skills.map(({ id, name, description }) =>
      oneLine(`skill ${String(id)}: ${String(name)} - ${String(description)}`, most)
    )
  ]
}

const wayLines = async (peer: Peer, card: FoundCard["card"]): Promise<ReadonlyArray<string>> => {
  const { waysOf } = await import("../../plugins/a2a/connect.ts")
  try {
    return waysOf(peer, card).map((way) => `A2A ${way.protocolVersion} over ${way.protocolBinding}: ${way.url}`)
  } catch (error) {
    if (error instanceof Error && error.name === "PeerError") return [`cannot be called: ${error.message}`]
    throw error
  }
}

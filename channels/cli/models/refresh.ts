/** Asks providers what models they have, once, at the user's word. */
import { listedBy } from "../../../llm/listed.ts"
import { providerOf } from "../../../llm/model-id.ts"
import { type Reach, wayOfExtra, wayOfProvided } from "../../../llm/open-provider.ts"
import type { Keyed } from "../key-sources.ts"
import type { Shelf } from "./listing.ts"

/** Why a provider's list could not be had. */
export interface Unlisted {
  readonly id: string
  readonly reason: string
}

/** Milliseconds for all of them together. */
const patience = 10_000

/** Keeps what they say. Those on this machine are asked at each listing anyway. @returns who gave no list. */
export const refreshLists = async (asked: ReadonlyArray<Keyed>, shelf: Shelf): Promise<ReadonlyArray<Unlisted>> => {
  const signal = AbortSignal.timeout(patience)
  const away = asked.filter(
    ({ id, registered }) => !(registered?.local && shelf.servers.some((one) => one.provider === id))
  )
  const failures = await Promise.all(
    away.map(async (one): Promise<ReadonlyArray<Unlisted>> => {
      try {
        shelf.kept.keep(one, await listedBy(await reachOf(one, shelf), signal))
        return []
      } catch (error) {
        return [{ id: one.id, reason: error instanceof Error ? error.message : String(error) }]
      }
    })
  )
  return failures.flat()
}

/** As `openModel` has it: what is configured for one provider goes to no other. */
const reachOf = ({ id, registered, extra }: Keyed, { config, keys }: Shelf): Promise<Reach> => {
  const { llm } = config.settings
  const opening = {
    id,
    name: "",
    env: config.env,
    keys,
    timeouts: { connect: patience, idle: patience, total: patience }
  }
  if (extra !== undefined) return wayOfExtra(extra, opening)
  if (registered === undefined) throw new TypeError(`${id} is nobody's`)
  const isOwn = registered.baseUrl === undefined || (llm.model !== undefined && providerOf(llm.model) === id)
  return wayOfProvided(registered, isOwn ? { baseUrl: llm.base_url, apiKey: llm.api_key } : {}, opening)
}

/**
 * Who serves models, by hand: address, keys, dialect and deviations. To add a provider, add an entry to a file beside this.
 *
 * The order matters: without a configured model, the first provider here whose key is set is chosen (`choose.ts`).
 * Makers of models come first, then their plans for coding agents, then hosts of open models, then gateways.
 *
 * Facts are as models.dev (July 2026), the packages of other clients (catwalk 0.52, pi-ai 1.5.2, pi-catalog 18.2.11, Vercel's
 * AI SDK, LiteLLM) and the vendors' pages state them; where they disagree, a comment says what was taken and why. None
 * was tried against the live service. Left out on purpose:
 * - those that only Portkey's gateway lists, with no variable for a key and no sign of life (deepbricks, lambda, lemonfox,
 *   lingyi, modal, ncompass, nscale and others), and Anyscale, Empower, Galadriel and Charity Engine, which seem to be gone;
 * - other protocols: SageMaker, OCI, SAP AI Core, Replicate, Reka, Radius, GitLab Duo, and v0, whose address nobody states;
 * - subscriptions that are no API for others: GitHub Copilot, ChatGPT's Codex, Gemini CLI, Antigravity, Qwen's portal.
 */
import { addressParts } from "./address-parts.ts"
import type { ExtraProvider, Provider } from "./provider.ts"
import { clouds } from "./providers/clouds.ts"
import { gateways } from "./providers/gateways.ts"
import { generic } from "./providers/generic.ts"
import { hosts } from "./providers/hosts.ts"
import { local } from "./providers/local.ts"
import { makers } from "./providers/makers.ts"
import { plans } from "./providers/plans.ts"
import { regional } from "./providers/regional.ts"

/** For those who list them. */
export const groups: Readonly<Record<string, ReadonlyArray<Provider>>> = {
  "Makers of models": makers,
  "Plans for coding agents": plans,
  "Hosts of open models": hosts,
  Gateways: gateways,
  Clouds: clouds,
  "Platforms of one region": regional,
  "On your own machine": local,
  "At an address of yours": generic
}

export const providers: ReadonlyArray<Provider> = Object.values(groups).flat()

const byId: ReadonlyMap<string, Provider> = new Map(providers.map((provider) => [provider.id, provider]))

export const findProvider = (id: string): Provider | undefined => byId.get(id)

let owners: ReadonlyMap<string, string> | undefined

/** Whose a variable is: the first provider's that reads it. Those of addresses count: their values steer where keys are sent. */
const ownerOf = (variable: string): string | undefined => {
  owners ??= new Map(
    providers
      .toReversed()
      .flatMap((one) =>
        [...one.env, ...(one.baseUrlEnv ?? []), ...addressParts(one).flat()].map((name) => [name, one.id])
      )
  )
  return owners.get(variable)
}

/** Why it cannot be used; `undefined` when it can. */
export const clashOf = ({ id, env }: ExtraProvider): string | undefined => {
  if (byId.has(id) || id === "scripted") return `there is a provider ${id} already; it needs another id`
  for (const name of env) {
    const owner = ownerOf(name)
    if (owner !== undefined)
      return `${name} is a variable of ${owner}, whose value is sent to nobody else; it needs its own`
    if (name.startsWith("KINTSUGI_")) return `${name} is a variable of Kintsugi; it needs its own`
  }
  return undefined
}

/** Servers of models on this machine, found without being configured. Asks the loopback interface and nobody else. */
import { findProvider } from "../catalog/providers.ts"
import type { Choice, Environment } from "../choose.ts"
import { ollamaAddress } from "../dialects/ollama-address.ts"
import { asking } from "./ask.ts"
import { isAway, kinds, type LocalModel } from "./kinds.ts"

export { isNamed, type LocalModel } from "./kinds.ts"

export interface LocalServer {
  /** Id of a registered provider. */
  readonly provider: string
  /** For messages. */
  readonly name: string
  /** As in `http://127.0.0.1:11434`. */
  readonly origin: string
  readonly models: ReadonlyArray<LocalModel>
}

export interface Looking {
  readonly env: Environment
  /** Only these providers; default: all four. */
  readonly only?: ReadonlyArray<string>
  /** Only this model matters, without its provider. */
  readonly model?: string
  /** Where one listens, by provider, instead of where it says itself. */
  readonly addresses?: Readonly<Record<string, string>>
  /**
   * Milliseconds for each question; all are asked at once, and only Ollama a second time, about its models. Where nobody
   * listens the answer is immediate.
   */
  readonly patience?: number
}

/** Those that answer in time, each as it says itself. Never fails. */
export const localServers = async ({
  env,
  only,
  model,
  addresses = {},
  patience = 300
}: Looking): Promise<ReadonlyArray<LocalServer>> => {
  const found = await Promise.all(
    kinds
      .filter(([provider]) => only === undefined || only.includes(provider))
      .map(async ([provider, look]): Promise<ReadonlyArray<LocalServer>> => {
        const origin = loopback(addresses[provider] ?? addressOf(provider, env))
        const models = origin === undefined ? undefined : await look(asking(origin, patience), model)
        if (origin === undefined || models === undefined) return []
        return [{ provider, name: findProvider(provider)?.name ?? provider, origin, models }]
      })
  )
  return found.flat()
}

/** Of its variable, else the usual one. */
const addressOf = (provider: string, env: Environment): string => {
  const { baseUrl = "", baseUrlEnv = [] } = findProvider(provider) ?? {}
  return baseUrlEnv.map((name) => env[name]).find(Boolean) ?? baseUrl
}

/** Origin of an address on this machine, in any form that `OLLAMA_HOST` may have; `undefined` for any other. */
export const loopback = (address: string): string | undefined => {
  const called = ollamaAddress(address)
  if (!URL.canParse(called)) return undefined
  const { origin, hostname } = new URL(called)
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) ? origin : undefined
}

/**
 * The model to begin with when nothing is configured: of the first server that has one, one that is loaded, else the biggest;
 * one that cannot call tools only if there is no other, and none that runs elsewhere.
 */
export const chooseLocal = (servers: ReadonlyArray<LocalServer>): Choice | undefined => {
  for (const { provider, name, models } of servers) {
    const [best] = models.filter((model) => !isAway(model.name)).toSorted(byRank)
    if (best === undefined) continue
    const id = `${provider}/${best.name}`
    return { id, reason: `found ${name} on this machine; kintsugi config set llm.model ${id} keeps it` }
  }
  return undefined
}

const byRank = (one: LocalModel, other: LocalModel): number => {
  const rank = ({ tools, loaded, bytes = 0 }: LocalModel) => [
    tools === false ? 0 : 1,
    loaded ? 1 : 0,
    tools ? 1 : 0,
    bytes
  ]
  const [first, second] = [rank(one), rank(other)]
  const at = first.findIndex((value, index) => value !== second[index])
  return at === -1 ? 0 : second[at]! - first[at]!
}

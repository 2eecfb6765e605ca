/** From the id of a model to the model, with its retries and those that stand in for it. Loads nothing heavy by itself. */
import { modelsOf } from "./catalog/catalog.ts"
import type { ExtraProvider } from "./catalog/provider.ts"
import { findProvider, providers } from "./catalog/providers.ts"
import type { Environment } from "./choose.ts"
import type { Cooldowns } from "./cooldown.ts"
import type { FailureKind } from "./fallback.ts"

import type { KeyStore } from "./keys.ts"
import { Misconfigured } from "./misconfigured.ts"
import type { Model, ModelInfo } from "./model.ts"
import { type ModelId, providerOf, readModelId } from "./model-id.ts"
import { nearest } from "./nearest.ts"
import { openExtra, openProvided } from "./open-provider.ts"
import type { Timeouts } from "./timed-fetch.ts"

/** The `llm` section of the configuration, as far as it is needed here. Times in seconds. */
export interface LlmSettings {
  readonly model?: string
  readonly fallback: ReadonlyArray<string>
  readonly fallback_on?: Readonly<Partial<Record<FailureKind, ReadonlyArray<string>>>>
  readonly base_url?: string
  readonly api_key?: string
  readonly timeout: number
  readonly idle_timeout: number
  readonly max_retries: number
}

export interface OpenModelOptions {
  readonly llm: LlmSettings
  /** `text` for models without tool calling; one of which that is known has it anyway. */
  readonly protocol: "native" | "text"
  readonly env: Environment
  /** What the user has stored; default: nothing. */
  readonly keys?: KeyStore
  /** Beside the registered ones. Whoever cannot be used (`clashOf`) must not be among them. */
  readonly providers?: ReadonlyArray<ExtraProvider>
  /** What the user says of models, by `provider/model`; it wins over the catalogue, field by field. */
  readonly overrides?: Readonly<Record<string, Partial<ModelInfo>>>
  /** Which models are left alone for a while; to be shared by all that one account opens. Default: known to this model alone. */
  readonly cooldowns?: Cooldowns
  /** Where the paths of scripts start. */
  readonly cwd: string
  /** Factor on the delays of scripts; 0: none. */
  readonly pace?: number
}

/**
 * Opens `provider/model` with its retries and, behind it, the models of `llm.fallback` and `llm.fallback_on`. Sends nothing.
 *
 * `llm.base_url` and `llm.api_key` belong to the provider of `llm.model` (without one, to the provider of `id`) and to
 * `openai-compatible` and `anthropic-compatible`: no other provider's key is sent there.
 *
 * @throws Misconfigured for an id, provider, key or script that does not exist.
 */
export const openModel = async (id: string, options: OpenModelOptions): Promise<Model> => {
  const { llm, cooldowns } = options
  const retries = { maxRetries: llm.max_retries, cooldowns }
  const opened = new Map<string, Promise<Model>>([[id, openOne(id, id, options)]])
  const spares = async (key: string, ids: ReadonlyArray<string>): Promise<ReadonlyArray<Model>> => {
    for (const spare of ids) {
      const opening =
        opened.get(spare) ?? openOne(spare, id, options).catch((error) => Promise.reject(inKey(key, error)))
      opened.set(spare, opening)
    }
    return Promise.all(ids.filter((spare) => spare !== id).map((spare) => opened.get(spare)!))
  }
  const kinds = Object.entries(llm.fallback_on ?? {})
  const [first, others, ...named] = await Promise.all([
    opened.get(id)!,
    spares("llm.fallback", llm.fallback),
    ...kinds.map(async ([kind, ids]) => [kind, await spares(`llm.fallback_on.${kind}`, ids)] as const)
  ])
  if (opened.size === 1) return (await import("./retry.ts")).withRetry(first, retries)
  const { withFallback } = await import("./fallback.ts")
  return withFallback({ first, others, on: Object.fromEntries(named) }, retries)
}

const inKey = (key: string, error: unknown): unknown =>
  error instanceof Misconfigured
    ? new Misconfigured(error.provider, `${key}: ${error.message}`, error.variables)
    : error

const openOne = async (id: string, primary: string, options: OpenModelOptions): Promise<Model> => {
  const parts = readModelId(id)
  if (parts === undefined) throw notAnId(id)
  const bare = await (parts.provider === "scripted"
    ? openScript(id, parts.name, options)
    : openServed(id, parts, primary, options))
  if (options.protocol === "native" && bare.info.tools !== false) return bare
  const { withTextProtocol } = await import("./text-protocol.ts")
  return withTextProtocol(bare)
}

const notAnId = (id: string): Misconfigured =>
  new Misconfigured(id, `"${id}" is not the id of a model, which is written provider/model${didYouMean(servedBy(id))}`)

/** Until the headers we wait as long as within the body: a local server may load its model first. */
const timeoutsOf = ({ timeout, idle_timeout }: LlmSettings): Timeouts => ({
  connect: idle_timeout * 1000,
  idle: idle_timeout * 1000,
  total: timeout * 1000
})

const openScript = async (id: string, name: string, { llm, cwd, pace }: OpenModelOptions): Promise<Model> => {
  const [{ scripted }, { readScript }] = await Promise.all([
    import("./dialects/scripted.ts"),
    import("./dialects/script.ts")
  ])
  return scripted({ id, script: await readScript(name, cwd), timeouts: timeoutsOf(llm), pace })
}

const openServed = async (
  id: string,
  { provider: providerId, name }: ModelId,
  primary: string,
  { llm, env, keys, providers: extras = [], overrides = {} }: OpenModelOptions
): Promise<Model> => {
  const opening = { id, name, env, keys, timeouts: timeoutsOf(llm), overrides: overrides[id] }
  const provider = findProvider(providerId)
  if (provider !== undefined) {
    const isOwn = provider.baseUrl === undefined || providerOf(llm.model ?? primary) === providerId
    return openProvided(provider, isOwn ? { baseUrl: llm.base_url, apiKey: llm.api_key } : {}, opening)
  }
  const extra = extras.find((one) => one.id === providerId)
  return extra === undefined ? unknownProvider(providerId, name, extras) : openExtra(extra, opening)
}

const unknownProvider = (provider: string, name: string, extras: ReadonlyArray<ExtraProvider>): never => {
  const known = [...[...providers, ...extras].map(({ id }) => id), "scripted"]
  const serving = extras.filter(({ models }) => models.some((model) => model.id === name))
  const alsoServed = serving.map(({ id }) => `${id}/${name}`)
  const near = [...nearest(provider, known).map((id) => `${id}/${name}`), ...servedBy(name), ...alsoServed]
  throw new Misconfigured(
    provider,
    `there is no provider "${provider}"${didYouMean(near) || "."} kintsugi providers lists those that there are.`
  )
}

/** Ids of the catalogue's models that have this name, for people who left the provider away or mistook it. */
const servedBy = (name: string): ReadonlyArray<string> =>
  providers.filter(({ id }) => modelsOf(id).includes(name)).map(({ id }) => `${id}/${name}`)

const didYouMean = (candidates: ReadonlyArray<string>): string =>
  candidates.length === 0 ? "" : `; did you mean ${[...new Set(candidates)].slice(0, 3).join(" or ")}?`

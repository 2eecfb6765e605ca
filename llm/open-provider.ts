/** A model of a provider, registered or brought by somebody: its address, its key, its dialect. */
import { addressOf } from "./address.ts"
import { lookUp } from "./catalog/catalog.ts"
import type { Auth, DialectName, ExtraProvider, Provider, Way } from "./catalog/provider.ts"
import type { Environment } from "./choose.ts"
import type { Dialect, DialectOptions } from "./dialects/dialect.ts"
import { type Key, keyIn, keyOf, type KeyStore, noKeys } from "./keys.ts"
import { Misconfigured } from "./misconfigured.ts"
import type { Model, ModelInfo } from "./model.ts"
import { isSendable } from "./sendable.ts"
import type { Timeouts } from "./timed-fetch.ts"

/** What the user configured for one provider and no other. */
export interface Own {
  readonly baseUrl?: string
  readonly apiKey?: string
}

export interface Opening {
  /** `provider/model`. */
  readonly id: string
  /** The part behind the provider. */
  readonly name: string
  readonly env: Environment
  readonly keys?: KeyStore
  readonly timeouts: Timeouts
  /** What the user says of this model; it wins, field by field. */
  readonly overrides?: Partial<ModelInfo>
}

/** @throws Misconfigured for a key or an address that is missing. */
export const openProvided = async (provider: Provider, own: Own, opening: Opening): Promise<Model> =>
  modelOf(await wayOfProvided(provider, own, opening))

/** @throws Misconfigured when its key is missing. */
export const openExtra = async (extra: ExtraProvider, opening: Opening): Promise<Model> =>
  modelOf(await wayOfExtra(extra, opening))

/** In which words a server is spoken to, and with what address and key. */
export interface Reach {
  readonly dialect: DialectName
  readonly options: DialectOptions
}

/** @throws Misconfigured for a key or an address that is missing. */
export const wayOfProvided = async (provider: Provider, own: Own, opening: Opening): Promise<Reach> => {
  const { id, name, env, keys = noKeys, timeouts, overrides } = opening
  const way = wayTo(provider, name)
  const { name: of } = provider
  const baseUrl = bare(own.baseUrl || addressOf(provider, way, env, keys), of)
  const key = keyOf(own.apiKey, of, env) ?? keyIn(provider.env, env) ?? keyOf(keys.key(provider.id), of, env)
  if (!key && provider.keyOptional !== true && provider.auth !== "google") throw missingKey(id, provider, keys)
  const credentials = provider.auth === "google" ? ["GOOGLE_APPLICATION_CREDENTIALS"] : []
  const variables = [...provider.env, ...credentials, "llm.api_key"]
  const options = {
    id,
    provider: of,
    model: name,
    baseUrl,
    ...(await credential(provider.auth, key, { provider: of, variables })),
    variables,
    headers: way.headers,
    quirks: way.quirks ?? {},
    info: { ...infoOf(provider, name, Boolean(own.baseUrl)), ...overrides },
    timeouts
  }
  return { dialect: way.dialect, options }
}

/** @throws Misconfigured when its key is missing. */
export const wayOfExtra = async (extra: ExtraProvider, opening: Opening): Promise<Reach> => {
  const { name: provider, dialect, env: variables, quirks = {}, headers, models } = extra
  const baseUrl = bare(extra.baseUrl, provider)
  const { id, name: model, env, keys = noKeys, timeouts, overrides } = opening
  const key =
    keyOf(extra.apiKey, provider, env) ?? keyIn(variables, env) ?? keyOf(keys.key(extra.id, baseUrl), provider, env)
  if (!key && variables.length > 0) throw missingKey(id, extra, keys)
  const { id: _, ...known } = models.find((one) => one.id === model) ?? { id: model }
  const info = { ...known, ...overrides }
  // Which key it was that is refused.
  const places = extra.apiKey || variables.length === 0 ? [`llm.providers.${extra.id}.api_key`] : variables
  const options = { id, provider, model, baseUrl, variables: places, headers, quirks, info, timeouts }
  return { dialect, options: { ...options, ...(await credential(undefined, key, options)) } }
}

/** `fetch` sends nothing to an address with a name and a password, and says them in its error. */
const bare = (address: string, provider: string): string => {
  if (!/^([a-z]+:\/\/)?[^/?#]*@/i.test(address.trim())) return address
  throw new Misconfigured(
    provider,
    `the address of ${provider} may hold no name and no password; a server that wants them is told by headers under llm.providers`
  )
}

const modelOf = async ({ dialect, options }: Reach): Promise<Model> => (await dialects[dialect]())(options)

const dialects: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  "openai-chat": async () => (await import("./dialects/openai-chat.ts")).openaiChat,
  "openai-responses": async () => (await import("./dialects/openai-responses.ts")).openaiResponses,
  anthropic: async () => (await import("./dialects/anthropic.ts")).anthropicMessages,
  gemini: async () => (await import("./dialects/gemini.ts")).gemini,
  bedrock: async () => (await import("./dialects/bedrock.ts")).bedrock,
  cohere: async () => (await import("./dialects/cohere.ts")).cohere,
  ollama: async () => (await import("./dialects/ollama.ts")).ollama
}

/** A route's quirks are laid over the provider's, unless it speaks another dialect: that one's are none of its business. */
export const wayTo = (provider: Provider, model: string): Way => {
  const route = provider.routes?.find(({ models }) => models.test(model))
  const isSame = route?.dialect === undefined || route.dialect === provider.dialect
  return { ...provider, ...route, quirks: { ...(isSame ? provider.quirks : {}), ...route?.quirks } }
}

const credential = async (
  auth: Auth | undefined,
  key: Key | undefined,
  caller: Pick<DialectOptions, "provider" | "variables">
): Promise<Pick<DialectOptions, "apiKey" | "token">> => {
  if (typeof key === "string" && !isSendable(key)) throw brokenKey(caller)
  // Who gives a key there gives a token that somebody has issued.
  if (auth === "google" && key === undefined) return { token: (await import("./tokens/google.ts")).googleToken(caller) }
  if (auth === "ibm" && key !== undefined) return { token: exchanged(key, caller) }
  return typeof key === "function" ? { token: key } : { apiKey: key }
}

/** The key is fetched when the first token is needed. */
const exchanged = (key: Key, caller: Pick<DialectOptions, "provider" | "variables">): (() => Promise<string>) => {
  let token: Promise<() => Promise<string>> | undefined
  const begin = async () =>
    (await import("./tokens/ibm.ts")).ibmToken(typeof key === "string" ? key : await key(), caller)
  return async () => {
    token ??= begin()
    token.catch(() => (token = undefined))
    return (await token)()
  }
}

const brokenKey = ({ provider, variables }: Pick<DialectOptions, "provider" | "variables">): Misconfigured =>
  new Misconfigured(
    provider,
    `what is set as the key for ${provider} is no key: it holds spaces or other signs; check ${variables.join(" or ")}, or what kintsugi auth login has stored`,
    variables
  )

const missingKey = (
  id: string,
  { id: provider, name, env, keyHint }: Pick<Provider, "id" | "name" | "env" | "keyHint">,
  keys: KeyStore
): Misconfigured => {
  const ways = [...(env.length === 0 ? [] : [`set ${env.join(" or ")}`]), `run kintsugi auth login ${provider}`]
  const problem = keys.problem?.()
  const stored = problem === undefined ? "" : `; stored keys are not used: ${problem}`
  return new Misconfigured(
    name,
    `${id} needs a key for ${name}: ${ways.join(", or ")}${stored}${keyHint === undefined ? "" : `. ${keyHint}.`}`,
    env
  )
}

/** What runs on one's own machine costs nothing, unless it was sent elsewhere: by `llm.base_url`, or by Ollama to its cloud. */
export const isFree = ({ local }: Pick<Provider, "local">, name: string, moved: boolean): boolean =>
  local === true && !moved && !/[-:]cloud$/.test(name)

const infoOf = (provider: Provider, name: string, moved: boolean): ModelInfo => {
  const info = lookUp(provider.id, name)
  return isFree(provider, name, moved) ? { ...info, price: { input: 0, output: 0 } } : info
}

/** A model of a provider, registered or brought by somebody: its address, its key, its dialect. */
import { lookUp } from "./catalog/catalog.ts"
import type { Auth, DialectName, ExtraProvider, Provider, Way } from "./catalog/provider.ts"
import type { Environment } from "./choose.ts"
import type { Dialect, DialectOptions } from "./dialects/dialect.ts"
import { type KeyStore, noKeys } from "./keys.ts"
import { Misconfigured } from "./misconfigured.ts"
import type { Model, ModelInfo } from "./model.ts"
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
export const openProvided = async (provider: Provider, own: Own, opening: Opening): Promise<Model> => {
  const { id, name, env, keys = noKeys, timeouts, overrides } = opening
  const way = wayTo(provider, name)
  const baseUrl = own.baseUrl || addressOf(provider, way, env, keys)
  const apiKey = own.apiKey || keyIn(provider.env, env) || keys.key(provider.id)
  if (!apiKey && provider.keyOptional !== true && provider.auth !== "google") throw missingKey(id, provider)
  return modelOf(way.dialect, {
    id,
    provider: provider.name,
    model: name,
    baseUrl,
    ...(await credential(provider.auth, apiKey)),
    variables: [...provider.env, "llm.api_key"],
    headers: way.headers,
    quirks: way.quirks ?? {},
    info: { ...infoOf(provider, name, Boolean(own.baseUrl)), ...overrides },
    timeouts
  })
}

/** @throws Misconfigured when its key is missing. */
export const openExtra = async (extra: ExtraProvider, opening: Opening): Promise<Model> => {
  const { name: provider, dialect, baseUrl, env: variables, quirks = {}, headers, models } = extra
  const { id, name: model, env, timeouts, overrides } = opening
  const apiKey = extra.apiKey || keyIn(variables, env)
  if (!apiKey && variables.length > 0)
    throw new Misconfigured(provider, `${id} needs a key for ${provider}: set ${variables.join(" or ")}`, variables)
  const { id: _, ...known } = models.find((one) => one.id === model) ?? { id: model }
  const info = { ...known, ...overrides }
  return modelOf(dialect, { id, provider, model, baseUrl, apiKey, variables, headers, quirks, info, timeouts })
}

const modelOf = async (dialect: DialectName, options: DialectOptions): Promise<Model> =>
  (await dialects[dialect]())(options)

const dialects: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  "openai-chat": async () => (await import("./dialects/openai-chat.ts")).openaiChat,
  "openai-responses": async () => (await import("./dialects/openai-responses.ts")).openaiResponses,
  anthropic: async () => (await import("./dialects/anthropic.ts")).anthropicMessages,
  gemini: async () => (await import("./dialects/gemini.ts")).gemini,
  bedrock: async () => (await import("./dialects/bedrock.ts")).bedrock,
  cohere: async () => (await import("./dialects/cohere.ts")).cohere,
  ollama: async () => (await import("./dialects/ollama.ts")).ollama
}

const wayTo = (provider: Provider, model: string): Way => ({
  ...provider,
  ...provider.routes?.find(({ models }) => models.test(model))
})

const keyIn = (variables: ReadonlyArray<string>, env: Environment): string | undefined =>
  variables.map((variable) => env[variable]).find(Boolean)

const credential = async (
  auth: Auth | undefined,
  apiKey: string | undefined
): Promise<Pick<DialectOptions, "apiKey" | "token">> => {
  if (auth === "google") return { token: (await import("./tokens/google.ts")).googleToken() }
  if (auth === "ibm" && apiKey !== undefined) return { token: (await import("./tokens/ibm.ts")).ibmToken(apiKey) }
  return { apiKey }
}

const addressOf = (
  { id, name, baseUrlEnv = [] }: Provider,
  { baseUrl = "" }: Way,
  env: Environment,
  keys: KeyStore
): string => {
  const whole = keyIn(baseUrlEnv, env)
  if (whole !== undefined) return whole
  const missing: Array<string> = []
  const address = baseUrl.replace(/\{(\w+)\}/g, (_, variable: string) => {
    const value = env[variable] || keys.value(id, variable)
    if (!value) missing.push(variable)
    return value ?? ""
  })
  if (address !== "" && missing.length === 0) return address
  const ways = [...missing, ...baseUrlEnv, "llm.base_url"]
  throw new Misconfigured(name, `the address of ${name} is not known; set ${ways.join(" or ")}`, ways)
}

const missingKey = (id: string, { name, env }: Provider): Misconfigured =>
  new Misconfigured(
    name,
    `${id} needs a key for ${name}: set ${env.join(" or ")}, or llm.api_key in the configuration`,
    env
  )

/** What runs on one's own machine costs nothing, unless it was sent elsewhere: by `llm.base_url`, or by Ollama to its cloud. */
const infoOf = ({ id, local }: Provider, name: string, moved: boolean): ModelInfo => {
  const info = lookUp(id, name)
  return local && !moved && !/[-:]cloud$/.test(name) ? { ...info, price: { input: 0, output: 0 } } : info
}

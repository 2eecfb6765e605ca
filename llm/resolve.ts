/** From the id of a model to the model: which one to use, where it is, its key, its dialect. Loads nothing heavy by itself. */
import { lookUp, modelsOf } from "./catalog/catalog.ts"
import { type DialectName, type ExtraProvider, findProvider, type Provider, providers } from "./catalog/providers.ts"
import type { Dialect, Timeouts } from "./dialects/dialect.ts"
import { Misconfigured } from "./misconfigured.ts"
import type { Model, ModelInfo } from "./model.ts"
import { nearest } from "./nearest.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface Choice {
  readonly id: string
  /** Why this one, to be printed. */
  readonly reason: string
}

/**
 * The model of the flag, else of the configuration, else the one last used in this project, else the default model of the first
 * registered provider with a key (`catalog/providers.ts` has the order). Variables that people set for other purposes
 * too (`HF_TOKEN`, `GITHUB_TOKEN`, …) choose nothing.
 */
export const chooseModel = (options: {
  readonly flag?: string
  readonly configured?: string
  readonly lastUsed?: string
  readonly env: Environment
}): Choice | undefined => {
  if (options.flag) return { id: options.flag, reason: "chosen with -m" }
  if (options.configured) return { id: options.configured, reason: "llm.model in the configuration" }
  if (options.lastUsed) return { id: options.lastUsed, reason: "last used in this project" }
  for (const { id, defaultModel, env, sharedEnv = [] } of providers) {
    const variable = env.find((name) => options.env[name] && !sharedEnv.includes(name))
    if (defaultModel !== undefined && variable !== undefined)
      return { id: `${id}/${defaultModel}`, reason: `${variable} is set` }
  }
  return undefined
}

/** The `llm` section of the configuration, as far as it is needed here. Times in seconds. */
export interface LlmSettings {
  readonly model?: string
  readonly fallback: ReadonlyArray<string>
  readonly base_url?: string
  readonly api_key?: string
  readonly timeout: number
  readonly idle_timeout: number
  readonly max_retries: number
}

export interface OpenModelOptions {
  readonly llm: LlmSettings
  /** `text` for models without tool calling. */
  readonly protocol: "native" | "text"
  readonly env: Environment
  /** Beside the registered ones. Whoever cannot be used (`clashOf`) must not be among them. */
  readonly providers?: ReadonlyArray<ExtraProvider>
  /** Where the paths of scripts start. */
  readonly cwd: string
  /** Factor on the delays of scripts; 0: none. */
  readonly pace?: number
}

/**
 * Opens `provider/model` with its retries and, behind it, the models of `llm.fallback`. Sends nothing.
 *
 * `llm.base_url` and `llm.api_key` belong to the provider of `llm.model` (without one, to the provider of `id`) and to
 * `openai-compatible` and `anthropic-compatible`: no other provider's key is sent there.
 *
 * @throws Misconfigured for an id, provider, key or script that does not exist.
 */
export const openModel = async (id: string, options: OpenModelOptions): Promise<Model> => {
  const spares = options.llm.fallback.filter((other) => other !== id)
  const [first, ...others] = await Promise.all([
    openOne(id, id, options),
    ...spares.map((spare) => openOne(spare, id, options).catch((error) => Promise.reject(inFallback(error))))
  ])
  if (others.length === 0) return first
  const { withFallback } = await import("./fallback.ts")
  return withFallback([first, ...others])
}

const inFallback = (error: unknown): unknown =>
  error instanceof Misconfigured
    ? new Misconfigured(error.provider, `llm.fallback: ${error.message}`, error.variables)
    : error

const openOne = async (id: string, primary: string, options: OpenModelOptions): Promise<Model> => {
  const { name } = split(id)
  const timeouts = timeoutsOf(options.llm)
  const [{ withRetry }, bare] = await Promise.all([
    import("./retry.ts"),
    providerOf(id) === "scripted"
      ? openScript(id, name, timeouts, options)
      : openProvided(id, primary, timeouts, options)
  ])
  const { withTextProtocol } =
    options.protocol === "text" ? await import("./text-protocol.ts") : { withTextProtocol: undefined }
  return withRetry(withTextProtocol?.(bare) ?? bare, { maxRetries: options.llm.max_retries })
}

const providerOf = (id: string): string => id.split("/", 1)[0]!

const split = (id: string): { readonly provider: string; readonly name: string } => {
  const slash = id.indexOf("/")
  if (slash > 0 && slash < id.length - 1) return { provider: id.slice(0, slash), name: id.slice(slash + 1) }
  throw new Misconfigured(
    id,
    `"${id}" is not the id of a model, which is written provider/model${didYouMean(servedBy(id))}`
  )
}

/** Until the headers we wait as long as within the body: a local server may load its model first. */
const timeoutsOf = ({ timeout, idle_timeout }: LlmSettings): Timeouts => ({
  connect: idle_timeout * 1000,
  idle: idle_timeout * 1000,
  total: timeout * 1000
})

const openScript = async (
  id: string,
  name: string,
  timeouts: Timeouts,
  { cwd, pace }: OpenModelOptions
): Promise<Model> => {
  const [{ scripted }, { readScript }] = await Promise.all([
    import("./dialects/scripted.ts"),
    import("./dialects/script.ts")
  ])
  return scripted({ id, script: await readScript(name, cwd), timeouts, pace })
}

const openProvided = async (
  id: string,
  primary: string,
  timeouts: Timeouts,
  { llm, env, providers: extras = [] }: OpenModelOptions
): Promise<Model> => {
  const { provider: providerId, name } = split(id)
  const extra = extras.find((one) => one.id === providerId)
  const provider = findProvider(providerId)
  if (provider === undefined)
    return extra === undefined ? unknownProvider(providerId, name, extras) : openExtra(id, name, extra, env, timeouts)
  const isOwn = provider.baseUrl === undefined || providerOf(llm.model ?? primary) === providerId
  const own = isOwn ? { baseUrl: llm.base_url, apiKey: llm.api_key } : {}
  const baseUrl = own.baseUrl || addressOf(provider, env)
  const apiKey = own.apiKey || provider.env.map((variable) => env[variable]).find(Boolean)
  if (!apiKey && !provider.keyOptional) throw missingKey(id, provider)
  const open = await dialects[provider.dialect]()
  return open({
    id,
    provider: provider.name,
    model: name,
    baseUrl,
    apiKey,
    variables: [...provider.env, "llm.api_key"],
    headers: provider.headers,
    quirks: provider.quirks ?? {},
    info: infoOf(provider, name, Boolean(own.baseUrl)),
    timeouts
  })
}

const openExtra = async (
  id: string,
  model: string,
  { name: provider, dialect, baseUrl, env: variables, models }: ExtraProvider,
  env: Environment,
  timeouts: Timeouts
): Promise<Model> => {
  const apiKey = variables.map((variable) => env[variable]).find(Boolean)
  if (!apiKey && variables.length > 0)
    throw new Misconfigured(provider, `${id} needs a key for ${provider}: set ${variables.join(" or ")}`, variables)
  const { contextWindow, price } = models.find((known) => known.id === model) ?? {}
  const open = await dialects[dialect]()
  const info = { contextWindow, price }
  return open({ id, provider, model, baseUrl, apiKey, variables, quirks: {}, info, timeouts })
}

const dialects: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  "openai-chat": async () => (await import("./dialects/openai-chat.ts")).openaiChat,
  "openai-responses": async () => (await import("./dialects/openai-responses.ts")).openaiResponses,
  anthropic: async () => (await import("./dialects/anthropic.ts")).anthropicMessages
}

const addressOf = (provider: Provider, env: Environment): string => {
  const whole = provider.baseUrlEnv?.map((variable) => env[variable]).find(Boolean)
  if (whole !== undefined) return whole
  const missing: Array<string> = []
  const address = (provider.baseUrl ?? "").replace(/\{(\w+)\}/g, (_, variable: string) => {
    if (!env[variable]) missing.push(variable)
    return env[variable] ?? ""
  })
  if (address !== "" && missing.length === 0) return address
  const ways = [...missing, ...(provider.baseUrlEnv ?? []), "llm.base_url"]
  throw new Misconfigured(provider.name, `the address of ${provider.name} is not known; set ${ways.join(" or ")}`, ways)
}

const missingKey = (id: string, { name, env }: Provider): Misconfigured =>
  new Misconfigured(
    name,
    `${id} needs a key for ${name}: set ${env.join(" or ")}, or llm.api_key in the configuration`,
    env
  )

const unknownProvider = (provider: string, name: string, extras: ReadonlyArray<ExtraProvider>): never => {
  const known = [...[...providers, ...extras].map(({ id }) => id), "scripted"]
  const serving = extras.filter(({ models }) => models.some((model) => model.id === name))
  const alsoServed = serving.map(({ id }) => `${id}/${name}`)
  const near = [...nearest(provider, known).map((id) => `${id}/${name}`), ...servedBy(name), ...alsoServed]
  throw new Misconfigured(
    provider,
    `there is no provider "${provider}"${didYouMean(near) || "."} Known are ${known.join(", ")}.`
  )
}

/** Ids of the catalogue's models that have this name, for people who left the provider away or mistook it. */
const servedBy = (name: string): ReadonlyArray<string> =>
  providers.filter(({ id }) => modelsOf(id).includes(name)).map(({ id }) => `${id}/${name}`)

const didYouMean = (candidates: ReadonlyArray<string>): string =>
  candidates.length === 0 ? "" : `; did you mean ${[...new Set(candidates)].slice(0, 3).join(" or ")}?`

/** What runs on one's own machine costs nothing, unless it was sent elsewhere: by `llm.base_url`, or by Ollama to its cloud. */
const infoOf = ({ id, local }: Provider, name: string, moved: boolean): ModelInfo => {
  const info = lookUp(id, name)
  return local && !moved && !/[-:]cloud$/.test(name) ? { ...info, price: { input: 0, output: 0 } } : info
}

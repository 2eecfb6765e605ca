/** Where the keys of providers would be taken from, by name only: nothing here looks at a key but to see that there is one. */
import { type Config, loadConfig } from "../../actors/config.ts"
import { folders, homeOf } from "../../actors/folders.ts"
import { keyFileIn } from "../../actors/keys/key-file.ts"
import { openKeyStore, type StoredKeys } from "../../actors/keys/key-store.ts"
import { ownProviders } from "../../actors/own-providers.ts"
import type { ExtraProvider, Provider } from "../../llm/catalog/provider.ts"
import { findProvider, providers } from "../../llm/catalog/providers.ts"
import { isCommand } from "../../llm/keys.ts"
import { providerOf } from "../../llm/model-id.ts"
import type { Io } from "./io.ts"
import { pluginOffers } from "./offers.ts"

export interface KeySource {
  readonly from: "configuration" | "environment" | "store"
  /** Of the configuration's key or of the variable; `auth.json` for the store. */
  readonly name: string
  /** It is not the key itself but a command that prints it. */
  readonly command?: true
}

/** What keys are looked up in. */
export interface Keyring {
  readonly config: Config
  readonly keys: StoredKeys
  /** Of the store. */
  readonly path: string
  /** Model that is used when `llm.model` names none: `llm.api_key` belongs to its provider then. */
  readonly primary?: string
  /** All that could have a key: ours, the user's own, those of plugins. */
  readonly providers: ReadonlyArray<Keyed>
}

/** A provider as far as keys concern it. */
export interface Keyed {
  readonly id: string
  readonly name: string
  readonly env: ReadonlyArray<string>
  /** One of ours. */
  readonly registered?: Provider
  /** One that the user or a plugin brings. */
  readonly extra?: ExtraProvider
  /** The plugin that brings it. */
  readonly plugin?: string
}

/** @throws ConfigError when a file or variable is wrong. */
export const openKeyring = async (io: Io): Promise<Keyring> => {
  const place = { env: io.env, home: homeOf(io.env) }
  const isProvider = (id: string): boolean => findProvider(id) !== undefined
  const [config, offers] = await Promise.all([loadConfig({ ...place, cwd: io.cwd, isProvider }), pluginOffers(io)])
  const path = keyFileIn(folders(place).data)
  const own = ownProviders(config.settings.llm.providers)
  const offered = offers.filter(
    ({ provider: { id }, problem }) => problem === undefined && own.every((one) => one.id !== id)
  )
  const extras = [...own.map((provider) => ({ provider, plugin: undefined })), ...offered]
  return {
    config,
    keys: openKeyStore(path),
    path,
    providers: [
      ...providers.map((one) => ({ id: one.id, name: one.name, env: one.env, registered: one })),
      ...extras.map(({ provider: extra, plugin }) => ({
        id: extra.id,
        name: extra.name,
        env: extra.env,
        extra,
        plugin
      }))
    ]
  }
}

/** In the order in which they are asked: the first is used. */
export const keySources = (
  one: Keyed,
  { config, keys, primary }: Pick<Keyring, "config" | "keys" | "primary">
): ReadonlyArray<KeySource> => {
  const stored = keys.key(one.id, one.extra?.baseUrl)
  return [
    ...configured(one, config, primary),
    ...one.env.flatMap((name): ReadonlyArray<KeySource> => (config.env[name] ? [{ from: "environment", name }] : [])),
    ...(stored === undefined ? [] : [{ from: "store" as const, name: "auth.json", ...marked(stored) }])
  ]
}

const configured = (
  { id, registered, extra }: Keyed,
  { settings: { llm }, sources }: Config,
  primary: string | undefined
): ReadonlyArray<KeySource> => {
  if (extra?.apiKey !== undefined && extra.apiKey !== "")
    return [{ from: "configuration", name: `llm.providers.${id}.api_key`, ...marked(extra.apiKey) }]
  // As llm/resolve.ts has it.
  const isOwn = registered !== undefined && (registered.baseUrl === undefined || ownerOf(llm.model ?? primary) === id)
  if (!isOwn || !llm.api_key) return []
  const variable = sources["llm.api_key"]?.find(({ from }) => from === "environment")?.where
  const name = variable === undefined ? "llm.api_key" : `llm.api_key (${variable})`
  return [{ from: "configuration", name, ...marked(llm.api_key) }]
}

const ownerOf = (model: string | undefined): string | undefined => (model === undefined ? undefined : providerOf(model))

const marked = (key: string): { readonly command?: true } => (isCommand(key) ? { command: true } : {})

/** `OPENAI_API_KEY, then the store`. */
export const told = (sources: ReadonlyArray<KeySource>): string =>
  sources
    .map(({ from, name, command }) => `${from === "store" ? "the store" : name}${command ? " (a command)" : ""}`)
    .join(", then ")

/** Variables that people set for other purposes, too, do not make a provider configured. */
export const isConfigured = (one: Keyed, sources: ReadonlyArray<KeySource>): boolean =>
  sources.some(({ from, name }) => from !== "environment" || !(one.registered?.sharedEnv ?? []).includes(name))

/** The models of a provider, from all that is known here: the catalogue, its server on this machine, its own list, the user. */
import { entriesOf, infoOf as entryInfo } from "../../../llm/catalog/catalog.ts"
import type { LocalServer } from "../../../llm/local/servers.ts"
import type { ModelInfo } from "../../../llm/model.ts"
import { providerOf, readModelId } from "../../../llm/model-id.ts"
import { isFree } from "../../../llm/open-provider.ts"
import { infoOf as serverInfo, serversHere } from "../../../actors/local-models.ts"
import { known, overridesOf } from "../../../actors/own-providers.ts"
import type { Io } from "../io.ts"
import { isConfigured, type Keyed, type Keyring, keySources, openKeyring } from "../key-sources.ts"
import { type Kept, keptLists } from "./kept.ts"

/** As `--json` prints it; what is absent is unknown. Prices are US dollars per million tokens, limits are tokens. */
export interface ListedModel extends ModelInfo {
  /** `provider/model`. */
  readonly id: string
  /**
   * Who says that there is such a model: our catalogue, a server on this machine, the provider's own list (`--refresh`), a
   * plugin, or `llm.models` in the configuration.
   */
  readonly source: "catalogue" | "server" | "provider" | "plugin" | "configuration"
  readonly plugin?: string
  /** In the memory of a server on this machine. */
  readonly loaded?: boolean
  /** Fields that stand in `llm.models`. */
  readonly set?: ReadonlyArray<string>
}

export interface Shelf extends Keyring {
  readonly servers: ReadonlyArray<LocalServer>
  readonly kept: Kept
}

/** Asks nobody but the servers on this machine. @throws ConfigError when a file or variable is wrong. */
export const openShelf = async (io: Io): Promise<Shelf> => {
  const keyring = await openKeyring(io)
  const { settings, env } = keyring.config
  return { ...keyring, servers: await serversHere(settings.llm, env), kept: keptLists(io.env) }
}

/** Those that can be used as things stand: with a key, on this machine, or without a need for either. */
export const usable = (shelf: Shelf): ReadonlyArray<Keyed> => {
  const { model } = shelf.config.settings.llm
  return shelf.providers.filter((one) => {
    const isOpen = one.extra !== undefined && one.env.length === 0
    const isServed = shelf.servers.some(({ provider }) => provider === one.id)
    const isChosen = model !== undefined && providerOf(model) === one.id
    return isOpen || isServed || isChosen || isConfigured(one, keySources(one, shelf))
  })
}

/** Sources in the order in which they are believed that there is such a model. */
export const modelsOfProvider = (one: Keyed, shelf: Shelf): ReadonlyArray<ListedModel> => {
  const { llm } = shelf.config.settings
  const overrides = overridesOf(llm.models)
  const entries = one.registered === undefined ? {} : entriesOf(one.id)
  const served = shelf.servers.find(({ provider }) => provider === one.id)?.models ?? []
  const brought = one.extra?.models ?? []
  const set = Object.keys(overrides).flatMap((id) => (providerOf(id) === one.id ? (readModelId(id)?.name ?? []) : []))
  const sources = new Map<string, ListedModel["source"]>([
    ...named(set, "configuration"),
    ...named(shelf.kept.of(one), "provider"),
    ...named(Object.keys(entries), "catalogue"),
    ...named(
      served.map(({ name }) => name),
      "server"
    ),
    ...named(
      brought.map(({ id }) => id),
      "plugin"
    )
  ])
  const moved = llm.base_url !== undefined && llm.model !== undefined && providerOf(llm.model) === one.id
  return [...sources].map(([name, source]) => {
    const id = `${one.id}/${name}`
    const { id: _, ...offered } = brought.find((model) => model.id === name) ?? { id: name }
    const onServer = served.find((model) => model.name === name)
    const free = one.registered !== undefined && isFree(one.registered, name, moved)
    const info = {
      ...(Object.hasOwn(entries, name) ? entryInfo(entries[name]!) : {}),
      ...(free ? { price: { input: 0, output: 0 } } : {}),
      ...offered,
      ...(onServer === undefined ? {} : known(serverInfo(onServer))),
      ...overrides[id]
    }
    return {
      id,
      source,
      ...info,
      ...(one.plugin === undefined ? {} : { plugin: one.plugin }),
      ...(onServer?.loaded === undefined ? {} : { loaded: onServer.loaded }),
      ...(overrides[id] === undefined ? {} : { set: Object.keys(overrides[id]) })
    }
  })
}

const named = (names: ReadonlyArray<string>, source: ListedModel["source"]) =>
  names.map((name) => [name, source] as const)

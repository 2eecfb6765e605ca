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

export const modelsOfProvider = (one: Keyed, shelf: Shelf): ReadonlyArray<ListedModel> => {
  const facts = factsOf(one, shelf)
  return [...namesOf(one, facts, shelf)].map(([name, source]) => listed(one, name, source, facts))
}

/** All that is known of the models of one provider, by who says it. */
const factsOf = ({ id, registered, extra }: Keyed, { config, servers }: Shelf) => {
  const { llm } = config.settings
  return {
    entries: registered === undefined ? {} : entriesOf(id),
    served: servers.find(({ provider }) => provider === id)?.models ?? [],
    brought: extra?.models ?? [],
    /** By `provider/model`. */
    set: overridesOf(llm.models),
    /** The provider is not where it usually is. */
    moved: llm.base_url !== undefined && llm.model !== undefined && providerOf(llm.model) === id
  }
}

type Facts = ReturnType<typeof factsOf>

/** Names with whoever is believed most that there is such a model: the last who says so. */
const namesOf = (
  one: Keyed,
  { entries, served, brought, set }: Facts,
  { kept }: Shelf
): ReadonlyMap<string, ListedModel["source"]> => {
  const own = Object.keys(set).filter((id) => providerOf(id) === one.id)
  const names: ReadonlyArray<readonly [ListedModel["source"], ReadonlyArray<string>]> = [
    ["configuration", own.flatMap((id) => readModelId(id)?.name ?? [])],
    ["provider", kept.of(one)],
    ["catalogue", Object.keys(entries)],
    ["server", served.map(({ name }) => name)],
    ["plugin", brought.map(({ id }) => id)]
  ]
  return new Map(names.flatMap(([source, some]) => some.map((name) => [name, source] as const)))
}

/** As a model is opened: the catalogue, then its server or plugin, then the user, field by field. */
const listed = (
  { id: provider, registered, plugin }: Keyed,
  name: string,
  source: ListedModel["source"],
  { entries, served, brought, set, moved }: Facts
): ListedModel => {
  const id = `${provider}/${name}`
  const { id: _, ...offered } = brought.find((model) => model.id === name) ?? { id: name }
  const onServer = served.find((model) => model.name === name)
  return {
    id,
    source,
    ...(Object.hasOwn(entries, name) ? entryInfo(entries[name]!) : {}),
    ...(registered !== undefined && isFree(registered, name, moved) ? { price: { input: 0, output: 0 } } : {}),
    ...offered,
    ...(onServer === undefined ? {} : known({ ...serverInfo(onServer) })),
    ...set[id],
    ...known({ plugin, loaded: onServer?.loaded, set: set[id] && Object.keys(set[id]) })
  }
}

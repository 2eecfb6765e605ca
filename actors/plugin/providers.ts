/** Services of models that plugins register: which may be used, and who is waited for when one is asked for. */
import * as Effect from "effect/Effect"
import type { ExtraProvider } from "../../llm/catalog/provider.ts"
import { clashOf, findProvider } from "../../llm/catalog/providers.ts"
import type { PluginProvider } from "../../plugins/extensions.ts"
import type { LoadedPlugin, PluginShelf } from "./shelf.ts"

export interface PluginProviders {
  /**
   * All that are known, once those that serve these models are among them: who might bring one that nobody knows is begun
   * and waited for. @param models `provider/model`.
   */
  readonly serving: (models: ReadonlyArray<string>) => Promise<ReadonlyArray<ExtraProvider>>
}

/** What one plugin registers, and what of it is not used. */
export interface Offer {
  readonly plugin: string
  readonly provider: ExtraProvider
  /** Why it is not used; `undefined` when it is. */
  readonly problem: string | undefined
}

/** @param from In the order of loading: of two with one id the first counts. */
export const offersOf = (
  from: Iterable<{ readonly name: string; readonly providers: ReadonlyArray<PluginProvider> }>
): ReadonlyArray<Offer> => {
  const owners = new Map<string, string>()
  return Array.from(from).flatMap(({ name, providers }) =>
    providers.map((provider) => {
      const owner = owners.get(provider.id)
      const problem =
        owner === undefined ? clashOf(provider) : `plugin ${owner} brings a provider ${provider.id} already`
      if (problem === undefined) owners.set(provider.id, name)
      return { plugin: name, provider, problem }
    })
  )
}

/** Milliseconds that the code of a plugin may take to load before a model of its is said to be unknown. */
const patience = 10_000

export const pluginProviders = ({ loaded, changes }: Pick<PluginShelf, "loaded" | "changes">): PluginProviders => {
  const offers = () =>
    offersOf(loaded().map(({ name, manifest }) => ({ name, providers: manifest?.extensions.providers ?? [] })))
  /** Problems that were shown. */
  const told = new Set<string>()
  changes.subscribe(() => {
    for (const { plugin, provider, problem } of offers()) {
      if (problem === undefined || told.has(`${plugin} ${problem}`)) continue
      told.add(`${plugin} ${problem}`)
      const owner = loaded().find(({ name }) => name === plugin)
      owner?.degrade(`its provider ${provider.id} is not used: ${problem}`)
    }
  })
  const known = () => offers().flatMap(({ provider, problem }) => (problem === undefined ? [provider] : []))

  return {
    serving: async (models) => {
      const missing = () => models.map(providerOf).filter((id) => !isKnown(id, known()))
      if (missing().length > 0) await Effect.runPromise(allRun(loaded()))
      return known()
    }
  }
}

const providerOf = (model: string): string => model.split("/", 1)[0] ?? ""

const isKnown = (id: string, known: ReadonlyArray<ExtraProvider>): boolean =>
  id === "scripted" || findProvider(id) !== undefined || known.some((one) => one.id === id)

/** One that does not start keeps nobody waiting longer. */
const allRun = (plugins: ReadonlyArray<LoadedPlugin>): Effect.Effect<void> =>
  Effect.forEach(plugins, ({ host }) => Effect.ignore(Effect.timeoutOption(host(), patience)), {
    concurrency: "unbounded",
    discard: true
  })

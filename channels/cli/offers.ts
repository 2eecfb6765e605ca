/** Providers that plugins would bring here, and whether a provider has a key. */
import type { Offer } from "../../actors/plugin/providers.ts"
import type { Provider } from "../../llm/catalog/provider.ts"
import type { Io } from "./io.ts"

/** What plugins that would be loaded here register, as far as it is known: none is run for it. */
export const pluginOffers = async (io: Io): Promise<ReadonlyArray<Offer>> => {
  const [{ look }, { offersOf }] = await Promise.all([
    import("./plugin/around.ts"),
    import("../../actors/plugin/providers.ts")
  ])
  const plugins = await (await look(io)).plugins()
  return offersOf(
    plugins.flatMap(({ name, state, manifest }) =>
      state === "healthy" && manifest !== undefined ? [{ name, providers: manifest.extensions.providers }] : []
    )
  )
}

export const hasKey = (names: Provider["env"], env: Io["env"]): boolean => names.some((name) => Boolean(env[name]))

export const isUsable = ({ env: names }: Offer["provider"], env: Io["env"]): boolean =>
  names.length === 0 || hasKey(names, env)

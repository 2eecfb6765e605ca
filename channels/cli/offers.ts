/** Providers that plugins would bring here. */
import type { Offer } from "../../actors/plugin/providers.ts"
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

/** Options that plugins add to the command line, as far as they are known without running any of them. */
import type { PluginFlag } from "../../plugins/extensions.ts"
import { discover } from "../../plugins/discover.ts"
import { folders, type Place } from "../folders.ts"
import { openTrust } from "../trust.ts"
import { manifestFolder, openManifestCache } from "./manifest-cache.ts"

/**
 * Of plugins whose code is as it was when it was loaded last; those of the working folder only when it is trusted. Which
 * are disabled is not looked at. Never rejects.
 */
export const knownFlags = async (
  place: Place & { readonly cwd: string }
): Promise<ReadonlyArray<PluginFlag & { readonly plugin: string }>> => {
  try {
    const { config, cache } = folders(place)
    const manifests = openManifestCache(manifestFolder(cache))
    const found = discover({ cwd: place.cwd, config, trusted: openTrust(place).isTrusted(place.cwd) })
    const names = found.map(({ name }) => name)
    return found
      .filter(({ state, name }, at) => state === "found" && names.indexOf(name) === at)
      .flatMap(({ name, module }) => {
        const flags = module === undefined ? [] : (manifests.find(module)?.extensions.flags ?? [])
        return flags.map((flag) => ({ ...flag, plugin: name }))
      })
  } catch {
    return []
  }
}

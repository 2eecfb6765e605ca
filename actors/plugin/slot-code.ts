/** A module's code as it is opened: what it brings is remembered, what breaks in it is mended. */
import * as Effect from "effect/Effect"
import type { HealingDesk } from "../healing/desk.ts"
import type { pluginHealer } from "../healing/plugin-healer.ts"
import { codeOf } from "../hosts/plugin-folder.ts"
import type { PluginParts } from "../plugin.ts"
import type { ManifestCache } from "./manifest-cache.ts"

type Open = PluginParts["open"]

/** What comes from a module is kept for the next start. */
export const keeping =
  (open: Open, cache: ManifestCache | undefined): Open =>
  (source) => {
    if (cache === undefined || "plugin" in source) return open(source)
    return Effect.suspend(() => {
      const before = cache.fingerprint(source.module)
      return Effect.tap(open(source), ({ manifest }) => Effect.sync(() => cache.keep(source.module, before, manifest)))
    })
  }

/** @returns `undefined` when there is no such module: it will say so when it is opened. */
export const healerFor = (
  path: string,
  desk: HealingDesk,
  healer: typeof pluginHealer | undefined
): PluginParts["healerOf"] => {
  if (healer === undefined) return undefined
  try {
    const { module, root } = codeOf(path)
    return (charge) => healer({ ...charge, module, root }, desk)
  } catch {
    return undefined
  }
}

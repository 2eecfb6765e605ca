/** What `list` of a runtime's plugins would say, without a runtime: nothing is run, nothing is opened. */
import { realpathSync } from "node:fs"
import { builtins } from "../../plugins/builtin/index.ts"
import { discover } from "../../plugins/discover.ts"
import { folders, type Place } from "../folders.ts"
import type { Manifest } from "../hosts/manifest.ts"
import { codeOf } from "../hosts/plugin-folder.ts"
import { type Origin, originOf } from "../manage/origin.ts"
import type { Settings } from "../settings.ts"
import { manifestFolder, openManifestCache } from "./manifest-cache.ts"
import { hindrance, type Needy } from "./requirements.ts"
import type { PluginView } from "./runtime-plugins.ts"
import { type PlacedPlugin, type Roster, roster, switchedOff, whatIsWrong } from "./sources.ts"
import { viewOfCodeless, viewOfManifest, viewOfPassed, viewOfPlaced } from "./view.ts"

export interface ListedPlugin extends PluginView {
  /** Absolute real path of the folder that holds its code. */
  readonly root?: string
  /** Name of its npm package. */
  readonly package?: string
  /** Where a folder without code was installed from; absent when it was put there by hand. */
  readonly origin?: Origin
  /** What the same code brought when it was loaded last. */
  readonly manifest?: Manifest
}

export interface ListOptions extends Place {
  readonly cwd: string
  readonly settings: Settings
  readonly trusted: boolean
}

export const listPlugins = async (options: ListOptions): Promise<ReadonlyArray<ListedPlugin>> => {
  const { settings, trusted } = options
  const { config, cache } = folders(options)
  const cwd = realpathSync(options.cwd)
  const all = roster({ cwd, settings, builtins: builtins(), given: [], found: discover({ cwd, config, trusted }) })
  const manifests = openManifestCache(manifestFolder(cache))
  const known = all.placed.map((one) => ({
    one,
    name: one.name,
    off: switchedOff(one, settings.plugins),
    manifest: "module" in one.source ? manifests.find(one.source.module) : undefined,
    get requires() {
      return "plugin" in this.one.source ? (this.one.source.plugin.requires ?? []) : (this.manifest?.requires ?? [])
    }
  }))
  const loaded = known.filter(({ off }) => off === undefined)
  return [
    ...known.map(({ one, off, manifest }) => listed(one, manifest, off, obstacle(one.name, loaded, all))),
    ...all.codeless.map((one) => ({
      ...viewOfCodeless(one, switchedOff(one, settings.plugins)),
      ...placeOf(one.folder)
    })),
    ...all.passed.map((one) => ({
      ...viewOfPassed(one, switchedOff(one, settings.plugins)),
      ...(one.module === undefined ? placeOf(one.folder) : where(one.module)),
      ...packageOf(one)
    }))
  ]
}

const obstacle = (name: string, loaded: ReadonlyArray<Needy>, all: Roster): string | undefined =>
  hindrance(name, loaded, (missing) => whatIsWrong(missing, all))

const listed = (
  one: PlacedPlugin,
  manifest: Manifest | undefined,
  off: string | undefined,
  hindered: string | undefined
): ListedPlugin => {
  const state = off !== undefined ? "disabled" : hindered === undefined ? "healthy" : "broken"
  const reason = off ?? (hindered === undefined ? "" : `it ${hindered}`)
  return {
    ...viewOfManifest(viewOfPlaced(one, state, reason), manifest),
    ...where("module" in one.source ? one.source.module : undefined),
    ...packageOf(one),
    ...(manifest === undefined ? {} : { manifest })
  }
}

const placeOf = (folder: string | undefined): Pick<ListedPlugin, "root" | "origin"> => {
  if (folder === undefined) return {}
  const origin = originOf(folder)
  return { root: folder, ...(origin === undefined ? {} : { origin }) }
}

const packageOf = (one: { readonly package?: string }) => (one.package === undefined ? {} : { package: one.package })

const where = (module: string | undefined): Pick<ListedPlugin, "root"> => {
  if (module === undefined) return {}
  try {
    return { root: codeOf(module).root }
  } catch {
    return {}
  }
}

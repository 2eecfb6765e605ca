/** What the folders of plugins that count bring beside code. */
import { dirname, join } from "node:path"
import { builtins } from "../../plugins/builtin/index.ts"
import { discover, type FoundPlugin } from "../../plugins/discover.ts"
import { type PartedPlugin, partsOf as partsIn } from "../../plugins/discover/parts.ts"
import { type Environment, folders, homeOf } from "../folders.ts"
import type { Settings } from "../settings.ts"
import { switchedOff } from "./sources.ts"
import type { Switches } from "./switches.ts"

export interface PartsOf {
  readonly cwd: string
  readonly settings: Pick<Settings, "plugins">
  /** The user's configuration folder, and whether the working folder is trusted; absent: no plugins are looked for. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
  /** What was switched since the program has begun; absent: nothing was. */
  readonly switches?: Pick<Switches, "offReason">
}

/** In the order in which plugins are loaded; of two with one name the first. Looks anew at each call, and reads little. */
export const partedPlugins = ({ cwd, settings, discover: where, switches }: PartsOf): ReadonlyArray<PartedPlugin> => {
  if (where === undefined) return []
  const offReason = switches?.offReason ?? ((one: FoundPlugin) => switchedOff(one, settings.plugins))
  const found = discover({ cwd, ...where }).filter(({ state }) => state === "found")
  if (found.length === 0) return []
  const names = [...builtInNames(), ...found.map(({ name }) => name)]
  const first = names.length - found.length
  return found
    .filter((one, at) => names.indexOf(one.name) === first + at && offReason(one) === undefined)
    .map(({ name, path, module }) => {
      const folder = path === module ? dirname(path) : path
      return { name, folder, parts: partsIn(path) }
    })
}

let own: ReadonlyArray<string> | undefined

/** A runtime has all of them, and nobody may take their names. */
const builtInNames = (): ReadonlyArray<string> => (own ??= builtins().map(({ name }) => name))

/** Absolute: `${CLAUDE_PLUGIN_DATA}`, which outlives what is installed; whoever hands it to a plugin makes it. */
export const pluginData = (env: Environment, name: string): string =>
  join(folders({ env, home: homeOf(env) }).data, "plugins", name)

/** What the folders of plugins that count bring beside code. */
import { statSync } from "node:fs"
import { join } from "node:path"
import { discover } from "../../plugins/discover.ts"
import { noParts, type PartedPlugin } from "../../plugins/discover/parts.ts"
import type { Settings } from "../settings.ts"
import { switchedOff } from "./sources.ts"

export interface PartsOf {
  readonly cwd: string
  readonly settings: Pick<Settings, "plugins">
  /** The user's configuration folder, and whether the working folder is trusted; absent: no plugins are looked for. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
}

/** In the order in which plugins are loaded. Looks anew at each call. */
export const partedPlugins = ({ cwd, settings, discover: where }: PartsOf): ReadonlyArray<PartedPlugin> => {
  if (where === undefined) return []
  return discover({ cwd, ...where })
    .filter((one) => one.state === "found" && switchedOff(one, settings.plugins) === undefined)
    .map(({ name, path }) => ({ name, folder: path, parts: { ...noParts, skills: foldersIn(path, "skills") } }))
}

const foldersIn = (folder: string, name: string): ReadonlyArray<string> =>
  statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true ? [join(folder, name)] : []

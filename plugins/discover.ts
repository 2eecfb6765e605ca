/**
 * Which plugins lie where plugins are looked for: in the project's folder, in the user's, among the npm packages installed
 * in either. Nothing of them is run; whatever cannot be a plugin is told with its reason.
 */
import { join } from "node:path"
import { type FoundPlugin, sound } from "./discover/found.ts"
import { pluginsIn } from "./discover/folder.ts"
import { packagesIn } from "./discover/npm.ts"

export type { FoundPlugin, FoundTier } from "./discover/found.ts"

export interface Whereabouts {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** Absolute path of the user's configuration folder. */
  readonly config: string
  /** Whether code of the working folder may be run; what is found there is told either way. */
  readonly trusted: boolean
}

/** Where a project keeps its own plugins. */
export const projectPlugins = (cwd: string): string => join(cwd, ".kintsugi", "plugins")

/** Where the user's are. */
export const userPlugins = (config: string): string => join(config, "plugins")

/** In the order in which they are loaded; of two with one name the first counts. Never throws. */
export const discover = ({ cwd, config, trusted }: Whereabouts): ReadonlyArray<FoundPlugin> => {
  const [local, installed] = foundIn(projectPlugins(cwd), "local", trusted ? (found) => found : withoutTrust)
  const [user, theirs] = foundIn(userPlugins(config), "global", (found) => found)
  return [...local, ...user, ...installed, ...theirs]
}

/** Those of a project alone, as if it were trusted. */
export const projectFinds = (cwd: string): ReadonlyArray<FoundPlugin> =>
  foundIn(projectPlugins(cwd), "local", (found) => found).flat()

const foundIn = (folder: string, tier: "local" | "global", judge: (found: FoundPlugin) => FoundPlugin) =>
  [pluginsIn(folder, tier).map(sound).map(judge), packagesIn(folder).map(sound).map(judge)] as const

const withoutTrust = (found: FoundPlugin): FoundPlugin =>
  found.state === "found"
    ? {
        ...found,
        state: "untrusted",
        reason: "its folder is not trusted, so it is not run; run `kintsugi trust` in it"
      }
    : found

/** The skills of a runtime: their files are looked for, and the code that does so is loaded, when somebody asks for them first. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Skills } from "../plugins/skills.ts"
import { type NearPlaces, type PluginPlaces, rootsOf, type SkillPlaces } from "../skills/roots.ts"
import { folders, homeOf, type Environment } from "./folders.ts"
import { partedPlugins, type PartsOf, pluginData } from "./plugin/parts.ts"
import type { Settings } from "./settings.ts"
import { openTrust } from "./trust.ts"

export interface SkillsOf {
  readonly cwd: string
  readonly env: Environment
  readonly settings: Pick<Settings, "skills" | "plugins">
  /** The user's configuration folder, and whether the working folder is trusted; absent: only `skills.paths` count. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
  /** What was switched since the program has begun. */
  readonly switches?: PartsOf["switches"]
}

export const ownSkills = (parts: SkillsOf): Skills => {
  let loading: Promise<Skills> | undefined
  let loaded: Skills | undefined
  const load = (): Promise<Skills> =>
    (loading ??= import("../skills/skills.ts").then(
      ({ openSkills }) => (loaded = openSkills({ ...placesOf(parts), plugins: () => pluginPlaces(parts) }))
    ))
  const now = (): Skills => {
    if (loaded === undefined) throw new Error("skills are looked for before anything is done with them")
    return loaded
  }
  return {
    all: async () => (await load()).all(),
    again: async () => (await load()).again(),
    known: () => loaded?.known(),
    read: async (skill, given) => (await load()).read(skill, given),
    file: async (skill, path) => (await load()).file(skill, path),
    search: (query, among) => now().search(query, among),
    catalogue: (skills) => now().catalogue(skills)
  }
}

const pluginPlaces = (parts: SkillsOf): ReadonlyArray<PluginPlaces> =>
  partedPlugins(parts).map(({ name, folder, parts: { skills, commands } }) => {
    const data = pluginData(parts.env, name)
    return { name, folder, data, skills, commands }
  })

/** Trusted folders between the working folder and the root of its repository, the nearest first: trust is asked for each by itself. */
const aboveOf = ({ cwd, env, discover }: Pick<SkillsOf, "cwd" | "env" | "discover">): ReadonlyArray<string> => {
  if (discover === undefined) return []
  const above = repositoryAbove(cwd)
  const { isTrusted } = openTrust({ env, home: homeOf(env) })
  return above.filter(isTrusted)
}

/** Empty where the working folder is in none, or its root. */
const repositoryAbove = (cwd: string): ReadonlyArray<string> => {
  const above: Array<string> = []
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (folder !== cwd) above.push(folder)
    if (existsSync(join(folder, ".git"))) return above
    if (dirname(folder) === folder) return []
  }
}

/** Folders whose files a model may read, since a skill may send it there; of a plugin, all of it. */
export const skillFolders = (parts: SkillsOf): ReadonlyArray<string> => [
  ...rootsOf(placesOf(parts)).flatMap(({ kind, folder, trusted }) => (kind === "skill" && trusted ? [folder] : [])),
  ...partedPlugins(parts).map(({ folder }) => folder)
]

const placesOf = (parts: SkillsOf): SkillPlaces => ({
  ...nearPlaces(parts),
  bundled: parts.discover !== undefined,
  paths: parts.settings.skills.paths
})

/** Where the project and the user keep what they have written for agents. */
export const nearPlaces = (parts: Pick<SkillsOf, "cwd" | "env" | "discover">): NearPlaces => {
  const { cwd, env, discover } = parts
  const home = homeOf(env)
  return {
    cwd,
    home,
    config: discover?.config ?? folders({ env, home }).config,
    trusted: discover?.trusted,
    above: aboveOf(parts),
    user: discover !== undefined
  }
}

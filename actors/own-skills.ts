/** The skills of a runtime: their files are looked for, and the code that does so is loaded, when somebody asks for them first. */
import type { Skills } from "../plugins/skills.ts"
import { rootsOf, type SkillPlaces } from "../skills/roots.ts"
import { folders, homeOf, type Environment } from "./folders.ts"
import { partedPlugins } from "./plugin/parts.ts"
import type { Settings } from "./settings.ts"

export interface SkillsOf {
  readonly cwd: string
  readonly env: Environment
  readonly settings: Pick<Settings, "skills" | "plugins">
  /** The user's configuration folder, and whether the working folder is trusted; absent: only `skills.paths` count. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
}

export const ownSkills = (parts: SkillsOf): Skills => {
  let loading: Promise<Skills> | undefined
  let loaded: Skills | undefined
  const load = (): Promise<Skills> =>
    (loading ??= import("../skills/skills.ts").then(
      ({ openSkills }) => (loaded = openSkills({ ...placesOf(parts), plugins: pluginFolders(parts) }))
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

const pluginFolders = (parts: SkillsOf): NonNullable<SkillPlaces["plugins"]> =>
  partedPlugins(parts).flatMap(({ name, parts: { skills } }) => skills.map((folder) => ({ name, folder })))

/** Folders whose files a model may read, since a skill may send it there. */
export const skillFolders = (parts: SkillsOf): ReadonlyArray<string> =>
  rootsOf(placesOf(parts)).flatMap(({ folder, trusted }) => (trusted ? [folder] : []))

const placesOf = ({ cwd, env, settings, discover }: SkillsOf): SkillPlaces => {
  const home = homeOf(env)
  return {
    cwd,
    home,
    config: discover?.config ?? folders({ env, home }).config,
    trusted: discover?.trusted,
    user: discover !== undefined,
    bundled: discover !== undefined,
    paths: settings.skills.paths
  }
}

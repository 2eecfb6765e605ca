/** Where skills and commands are looked for, in the order in which they count. */
import { fileURLToPath } from "node:url"
import { join, resolve } from "node:path"
import type { PluginOfRoot, Root } from "./skill.ts"

/** Where what people write for agents lies: in the project, and in the user's own folders. */
export interface NearPlaces {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** The user's home folder. */
  readonly home: string
  /** The user's configuration folder, `~/.config/kintsugi`. */
  readonly config: string
  /** Whether the working folder is; its skills are told either way. `undefined`: nothing of it is looked at. */
  readonly trusted: boolean | undefined
  /** Trusted folders above it, up to the root of its repository, the nearest first. */
  readonly above?: ReadonlyArray<string>
  /** Look into what is the user's own. */
  readonly user: boolean
}

export interface SkillPlaces extends NearPlaces {
  /** Further folders, absolute: `skills.paths`. */
  readonly paths: ReadonlyArray<string>
  /** What plugins bring now; asked at each look. */
  readonly plugins?: () => ReadonlyArray<PluginPlaces>
  readonly bundled: boolean
}

export interface PluginPlaces extends PluginOfRoot {
  /** Folders with skills in them. */
  readonly skills: ReadonlyArray<string>
  /** Folders with commands, or single ones. */
  readonly commands: ReadonlyArray<string>
}

/** The skills that come with the program: files, because their readers are programs, too. */
export const bundledSkills = (): string => fileURLToPath(new URL("./bundled/", import.meta.url))

/** A command yields to any skill of its name, but for those that come with the program. */
export const rootsOf = (places: SkillPlaces): ReadonlyArray<Root> => {
  const { cwd, paths, plugins = () => [], bundled } = places
  const theirs = plugins().flatMap(({ skills, commands, ...plugin }): ReadonlyArray<Root> => {
    const from = { source: "plugin", trusted: true, plugin } as const
    return [
      ...skills.map((one): Root => ({ ...from, kind: "skill", folder: one })),
      ...commands.map((one): Root => ({ ...from, kind: "command", folder: one }))
    ]
  })
  return [
    ...near(places, "skill", [".kintsugi", ".agents", ".claude"]),
    ...paths.map((folder): Root => ({
      kind: "skill",
      folder: resolve(cwd, folder),
      source: "configured",
      trusted: true
    })),
    ...near(places, "command", [".kintsugi", ".claude"]),
    ...theirs,
    ...(bundled ? [{ kind: "skill", folder: bundledSkills(), source: "bundled", trusted: true } as const] : [])
  ]
}

/** A folder of the project or of the user; `within` of the project. */
export interface Near<Kind extends string> {
  readonly kind: Kind
  readonly folder: string
  readonly source: "project" | "user"
  readonly trusted: boolean
  readonly within?: string
}

/** @param kind `skill`: in folders called `skills`. @param names Of the folders that hold those. */
export const near = <Kind extends string>(
  { cwd, home, config, trusted, above = [], user }: NearPlaces,
  kind: Kind,
  names: ReadonlyArray<string>
): ReadonlyArray<Near<Kind>> => {
  const last = `${kind}s`
  const others = names.filter((name) => name !== ".kintsugi").map((name) => join(home, name, last))
  const own = user ? [join(config, last), ...others] : []
  const here = trusted === undefined ? [] : [{ within: cwd, trusted }]
  const project = [...here, ...above.map((within) => ({ within, trusted: true }))].flatMap((one) =>
    names.map((name) => ({ ...one, kind, folder: join(one.within, name, last), source: "project" as const }))
  )
  const owned = new Set(own.map((folder) => resolve(folder)))
  return [
    // The home folder as working folder: what lies in it is the user's.
    ...project.filter(({ folder }) => !owned.has(resolve(folder))),
    ...own.map((folder) => ({ kind, folder, source: "user" as const, trusted: true }))
  ]
}

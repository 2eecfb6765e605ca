/** Where skills are looked for, in the order in which they count. */
import { fileURLToPath } from "node:url"
import { join, resolve } from "node:path"
import type { Root } from "./skill.ts"

export interface SkillPlaces {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** The user's home folder. */
  readonly home: string
  /** The user's configuration folder, `~/.config/kintsugi`. */
  readonly config: string
  /** Whether the working folder is; its skills are told either way. `undefined`: nothing of it is looked at. */
  readonly trusted: boolean | undefined
  /** Look into what is the user's own. */
  readonly user: boolean
  /** Further folders, absolute: `skills.paths`. */
  readonly paths: ReadonlyArray<string>
  /** Folders of skills that plugins bring. */
  readonly plugins?: ReadonlyArray<{ readonly name: string; readonly folder: string }>
  readonly bundled: boolean
}

/** The skills that come with the program: files, because their readers are programs, too. */
export const bundledSkills = (): string => fileURLToPath(new URL("./bundled/", import.meta.url))

export const rootsOf = ({
  cwd,
  home,
  config,
  trusted,
  user,
  paths,
  plugins = [],
  bundled
}: SkillPlaces): ReadonlyArray<Root> => {
  const own = user ? [join(config, "skills"), join(home, ".agents", "skills"), join(home, ".claude", "skills")] : []
  const theirs =
    trusted === undefined ? [] : [".kintsugi", ".agents", ".claude"].map((name) => join(cwd, name, "skills"))
  return [
    ...theirs
      // The home folder as working folder: what lies in it is the user's.
      .filter((folder) => !own.map((one) => resolve(one)).includes(resolve(folder)))
      .map((folder): Root => ({ folder, source: "project", trusted: trusted === true, within: cwd })),
    ...own.map((folder): Root => ({ folder, source: "user", trusted: true })),
    ...paths.map((folder): Root => ({ folder: resolve(cwd, folder), source: "configured", trusted: true })),
    ...plugins.map(({ name, folder }): Root => ({ folder, source: "plugin", trusted: true, plugin: name })),
    ...(bundled ? [{ folder: bundledSkills(), source: "bundled", trusted: true } as const] : [])
  ]
}

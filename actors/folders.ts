/** Where files live: the XDG folders, and the two configuration files. */
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"

export type Environment = Readonly<Record<string, string | undefined>>

/** What every path depends on. */
export interface Place {
  readonly env: Environment
  /** Absolute path of the user's home. */
  readonly home: string
}

/** Kintsugi's own folders, absolute; none of them need exist. */
export interface Folders {
  readonly config: string
  /** Sessions. */
  readonly data: string
  /** Logs, and which folders are trusted. */
  readonly state: string
  readonly cache: string
}

/** `HOME` when it is absolute, else what the system says. */
export const homeOf = (env: Environment): string =>
  env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir()

/** The XDG base directory specification: a variable that is empty or not absolute counts as not set. */
export const folders = ({ env, home }: Place): Folders => {
  const base = (variable: string, fallback: string): string => {
    const value = env[variable]
    return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), "kintsugi")
  }
  return {
    config: base("XDG_CONFIG_HOME", ".config"),
    data: base("XDG_DATA_HOME", ".local/share"),
    state: base("XDG_STATE_HOME", ".local/state"),
    cache: base("XDG_CACHE_HOME", ".cache")
  }
}

/** Where the command line keeps its log. */
export const logsFolder = (place: Place): string => join(folders(place).state, "logs")

/** Where the outputs of a session's commands are kept that were too long for an answer. */
export const outputFolder = (data: string, session: string): string => join(data, "outputs", session)

export const userConfigFile = (place: Place): string => join(folders(place).config, "config.yaml")

export const projectConfigFile = (cwd: string): string => join(cwd, ".kintsugi", "config.yaml")

export const journalFile = (place: Place): string => join(folders(place).data, "sessions.db")

/** `~` and `~/…` become the home folder; any other path stays as it is. */
export const expandHome = (path: string, home: string): string =>
  path === "~" ? home : path.startsWith("~/") ? join(home, path.slice(2)) : path

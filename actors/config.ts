/**
 * The configuration of one run: defaults, the user's file, the project's file, the environment, flags, each above the one
 * before. Lists of rules (`permissions.*`, `tools.disabled`, `tools.blocked_paths`, `plugins.disabled`) add up over the
 * sources that name them; every other key is replaced.
 *
 * Without a file and a variable of ours nothing is loaded but the defaults.
 */
import { lstatSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { ConfigError } from "./config/error.ts"
import type { Ignored, Merged, Source, Sources } from "./config/merge.ts"
import { addDotenv } from "./config/dotenv.ts"
import { expandHome, projectConfigFile, userConfigFile, type Environment } from "./folders.ts"
import { defaults, isSection, otherVariables, overlay, type Settings, type SomeSettings } from "./settings.ts"
import { openTrust } from "./trust.ts"

export { ConfigError } from "./config/error.ts"
export type { Ignored, Source } from "./config/merge.ts"

export interface ConfigOptions {
  readonly cwd: string
  readonly env: Environment
  readonly home: string
  /** Above everything else. Not checked: whoever reads flags checks them. */
  readonly flags?: SomeSettings
  /** Decided already, by a yes in chat; default: what the user decided before. */
  readonly trusted?: boolean
  /** Whether a model provider is registered, so that even an untrusted folder may choose it. Default: none is. */
  readonly isProvider?: (name: string) => boolean
}

export interface Config {
  readonly settings: Settings
  /** Where the value of a key such as `tools.timeout` came from; a key that is not in it has its default. */
  readonly sources: Readonly<Record<string, ReadonlyArray<Source>>>
  /** For people, each to be shown once. */
  readonly notices: ReadonlyArray<string>
  /** Whether this folder may run code and redirect credentials: plugins, hooks, MCP servers, skills. */
  readonly trusted: boolean
  /** What an untrusted folder asked for in vain; `.env` among it. */
  readonly ignored: ReadonlyArray<Ignored>
  /** The environment, with what a trusted folder's `.env` adds. */
  readonly env: Environment
}

/** @throws ConfigError (as a rejection) with every problem, each with file, line, key and what was expected. */
export const loadConfig = async (options: ConfigOptions): Promise<Config> => {
  const { cwd, home } = options
  const trust = openTrust(options)
  const trusted = options.trusted ?? trust.isTrusted(cwd)
  const problem = options.trusted === undefined ? trust.problem(cwd) : undefined
  const dotenv = readDotenv(cwd, options.env, trusted)
  const user = readSmall(userConfigFile(options))
  const project = readSmall(projectConfigFile(cwd))
  const merged = await merge({
    user,
    project,
    trusted,
    env: dotenv.env,
    cwd,
    home,
    isProvider: options.isProvider ?? (() => false)
  })
  const ignored = [...merged.ignored, ...dotenv.ignored]
  return {
    settings: withHome(overlay(merged.settings, options.flags ?? {}), home),
    sources: { ...merged.sources, ...flagSources(options.flags) },
    notices: [
      ...merged.notices,
      ...dotenv.notices,
      ...(problem === undefined ? [] : [problem]),
      ...untrustedNotice(ignored)
    ],
    trusted,
    ignored,
    env: dotenv.env
  }
}

const merge = async (sources: Sources): Promise<Merged> => {
  const configured = Object.keys(sources.env).some((name) => name.startsWith("KINTSUGI_") && !otherVariables.has(name))
  if (sources.user === undefined && sources.project === undefined && !configured) {
    return { settings: defaults, sources: {}, ignored: [], notices: [] }
  }
  const { mergeSources } = await import("./config/merge.ts")
  return mergeSources(sources)
}

const readDotenv = (cwd: string, env: Environment, trusted: boolean) => {
  const path = join(cwd, ".env")
  if (!trusted) {
    const exists = lstatSync(path, { throwIfNoEntry: false }) !== undefined
    return { env, notices: [], ignored: exists ? [{ key: ".env", where: path }] : [] }
  }
  const file = readSmall(path)
  if (file === undefined) return { env, notices: [], ignored: [] }
  const added = addDotenv(env, file.text)
  const notices =
    added.refused.length === 0 ? [] : [`${path} may not set ${added.refused.join(", ")}; set them outside`]
  return { env: added.env, notices, ignored: [] }
}

const untrustedNotice = (ignored: ReadonlyArray<Ignored>): ReadonlyArray<string> =>
  ignored.length === 0
    ? []
    : [
        `this folder is not trusted, so its ${ignored.map(({ key }) => key).join(", ")} ${ignored.length === 1 ? "is" : "are"} ignored; ` +
          "to trust it, run `kintsugi trust` in it"
      ]

/** No configuration is longer; a device or a pipe behind the name of a file would never end. */
const limit = 1_000_000

const readSmall = (path: string): { readonly path: string; readonly text: string } | undefined => {
  try {
    const stat = statSync(path)
    if (stat.isFile() && stat.size <= limit) return { path, text: readFileSync(path, "utf8") }
    throw new ConfigError([{ where: path, key: "", message: `is not a file of at most ${limit} bytes` }])
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (!(error instanceof Error && "code" in error)) throw error
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
    throw new ConfigError([{ where: path, key: "", message: `cannot be read: ${error.message}` }])
  }
}

const flagSources = (flags: object = {}, path = ""): Record<string, ReadonlyArray<Source>> =>
  Object.assign(
    {},
    ...Object.entries(flags).map(([name, value]) => {
      if (isSection(value)) return flagSources(value, `${path}${name}.`)
      return value === undefined ? {} : { [path + name]: [{ from: "flag" }] }
    })
  )

const withHome = (settings: Settings, home: string): Settings => {
  const expanded = (paths: ReadonlyArray<string>) => paths.map((path) => expandHome(path, home))
  const { tools, skills } = settings
  return {
    ...settings,
    tools: { ...tools, allowed_paths: expanded(tools.allowed_paths), blocked_paths: expanded(tools.blocked_paths) },
    skills: { paths: expanded(skills.paths) }
  }
}

/**
 * Which servers there are, in order: those of the configuration, those of `.mcp.json`, those of plugins. Of two with one name the first counts,
 * and says so. Nothing of them is run.
 */
import { dirname } from "node:path"
import type { PartedPlugin } from "../../plugins/discover/parts.ts"
import { expand } from "../config/expand.ts"
import { type Environment, homeOf } from "../folders.ts"
import type { Settings } from "../settings.ts"
import { openTrust } from "../trust.ts"
import { type Entry, type EntryProblem, readEntry, type Reading } from "./entry.ts"
import { partedPlugins } from "../plugin/parts.ts"
import { isNested } from "./nesting.ts"
import { fileName, foldersFrom, type McpFile, readMcpFile } from "./mcp-json.ts"
import { placesOf, serversOf, withPlaces } from "./plugin-servers.ts"

export interface ConfiguredServer {
  readonly name: string
  /** Absolute path of a file, or `embedder`. */
  readonly source: string
  readonly entry: Entry | EntryProblem
  /** Why it is not run. */
  readonly untrusted?: string
  readonly note?: string
  /** Name of the one that brings it. */
  readonly plugin?: string
}

export interface ConfiguredParts {
  /** Absolute, real. */
  readonly cwd: string
  readonly settings: Settings
  readonly env: Environment
  /** Absent: no file is read. */
  readonly discover: { readonly config: string; readonly trusted: boolean } | undefined
}

export const configuredServers = (parts: ConfiguredParts): ReadonlyArray<ConfiguredServer> => {
  const { cwd, discover } = parts
  const files = discover === undefined ? [] : foldersFrom(cwd).flatMap((folder) => readMcpFile(folder) ?? [])
  const ofPlugins = partedPlugins(parts).flatMap((plugin) =>
    serversOfPlugin(plugin, parts).map((one) => ({ ...one, plugin: plugin.name }))
  )
  const found = [...ofSettings(parts), ...files.flatMap((file) => ofFile(file, parts)), ...ofPlugins]
  const first = new Map<string, ConfiguredServer>()
  const hidden = new Map<string, ReadonlyArray<string>>()
  for (const one of found) {
    const before = first.get(one.name)
    if (before === undefined || one.name === fileName) first.set(one.name === fileName ? one.source : one.name, one)
    else hidden.set(one.name, [...(hidden.get(one.name) ?? []), one.source])
  }
  return [...first.values()].map((one) => apart(noted(one, hidden.get(one.name)), parts.env))
}

/** Whoever is such a server itself does not start it again. */
const apart = (one: ConfiguredServer, env: Environment): ConfiguredServer => {
  const { entry } = one
  if ("problem" in entry || !isNested(entry.way, env)) return one
  const { target, disabled, way } = entry
  const problem = "it is not started here, since this Kintsugi was itself started as this server"
  return { ...one, entry: { problem, transport: way.transport, target, disabled } }
}

const noted = (one: ConfiguredServer, hidden: ReadonlyArray<string> | undefined): ConfiguredServer =>
  hidden === undefined ? one : { ...one, note: `another of this name is not used: ${hidden.join(", ")}` }

/** Their references were expanded when the configuration was read, but for those to variables that are not set. */
const ofSettings = ({ cwd, settings, env, discover }: ConfiguredParts): ReadonlyArray<ConfiguredServer> => {
  const reading: Reading = {
    folder: cwd,
    home: homeOf(env),
    expand: discover === undefined ? (text) => text : complete(env),
    unit: () => 1000
  }
  const source = discover === undefined ? "embedder" : "configuration"
  return Object.entries(settings.mcp.servers).map(([name, raw]) => {
    const entry = named(name, readEntry(raw, reading))
    return {
      name,
      source,
      entry: "problem" in entry ? { ...entry, problem: `mcp.servers.${name}: ${entry.problem}` } : entry
    }
  })
}

/** Only looks: what a variable holds may look like a reference itself. @throws Error naming the variable that is missing. */
const complete =
  (env: Environment) =>
  (text: string): string => {
    const missing = [...text.matchAll(/\$\{(\w+)\}/g)]
      .map(([, name = ""]) => name)
      .find((name) => env[name] === undefined)
    if (missing !== undefined) throw unset(missing)
    return text
  }

const unset = (name: string): Error =>
  new Error(`the variable ${name} is not set; set it, or write \${${name}:-default}`)

const ofFile = ({ path, servers, problem }: McpFile, parts: ConfiguredParts): ReadonlyArray<ConfiguredServer> => {
  if (problem !== undefined) {
    const entry = { problem, transport: "", target: path, disabled: false }
    return [{ name: fileName, source: path, entry }]
  }
  const { env } = parts
  const folder = dirname(path)
  const untrusted = mistrust(folder, parts)
  const reading: Reading = {
    folder,
    home: homeOf(env),
    // In an untrusted file `${SECRET}` would carry what it names wherever it is shown.
    expand: untrusted === undefined ? (text) => expanded(text, env) : (text) => text,
    unit
  }
  return servers.map(({ name, raw, line }) => {
    const entry = named(name, readEntry(raw, reading))
    return {
      name,
      source: path,
      entry: "problem" in entry ? { ...entry, problem: `${path}:${line}: ${name}: ${entry.problem}` } : entry,
      ...(untrusted !== undefined && { untrusted })
    }
  })
}

/** Other programs write milliseconds there (Claude Code, Gemini CLI) or seconds (Cline); nobody waits 1,000 s or 0.9 s. */
const unit = (timeout: number): number => (timeout >= 1000 ? 1 : 1000)

/** Trust is of one folder: that of a file above the working folder needs a decision of its own. */
const mistrust = (folder: string, { cwd, env, discover }: ConfiguredParts): string | undefined => {
  const isTrusted =
    folder === cwd ? discover?.trusted === true : openTrust({ env, home: homeOf(env) }).isTrusted(folder)
  return isTrusted ? undefined : `its folder is not trusted, so it is not run; run \`kintsugi trust\` in ${folder}`
}

/** They cannot hide another: `plugin:NAME:SERVER` is what Claude Code calls them, too. */
export const serversOfPlugin = (
  plugin: PartedPlugin,
  { cwd, env }: Pick<ConfiguredParts, "cwd" | "env">
): ReadonlyArray<ConfiguredServer> => {
  const its = serversOf(plugin, env)
  const { folder, data, servers } = its
  const places = placesOf(its, cwd)
  const expand = (text: string): string => expanded(asked(text), { ...env, ...places })
  const reading: Reading = { folder, home: homeOf(env), expand, unit }
  return servers.map(({ name, raw, source, problem }): ConfiguredServer => {
    const full = `plugin:${plugin.name}:${name}`
    if (problem !== undefined)
      return { name: full, source, entry: { problem, transport: "", target: source, disabled: false } }
    const entry = named(full, readEntry(withPlaces(raw, places), reading))
    if ("problem" in entry) return { name: full, source, entry: { ...entry, problem: `${source}: ${entry.problem}` } }
    const way = entry.way.transport === "stdio" ? { ...entry.way, data } : entry.way
    return { name: full, source, entry: { ...entry, way } }
  })
}

/** @throws Error for what only its author's program can fill in. */
const asked = (text: string): string => {
  if (text.includes("${user_config."))
    throw new Error("it needs a value that Claude Code asks its user for (userConfig), which is not supported")
  return text
}

const expanded = (text: string, env: Environment): string => {
  const result = expand(text, env)
  if ("text" in result) return result.text
  if ("malformed" in result) throw new Error("expected ${NAME} or ${NAME:-default}; write $${ for a literal ${")
  throw unset(result.missing)
}

/** It is shown, and becomes a part of tools' names. */
const named = (name: string, entry: Entry | EntryProblem): Entry | EntryProblem => {
  // oxlint-disable-next-line no-control-regex
  if (/^[^\u0000-\u001f\u007f-\u009f]{1,128}$/.test(name) && name.trim() !== "") return entry
  const { target, disabled } = entry
  const transport = "way" in entry ? entry.way.transport : entry.transport
  return { problem: "expected a name of 1 to 128 characters in one line", transport, target, disabled }
}

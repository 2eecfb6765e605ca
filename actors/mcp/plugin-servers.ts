/** MCP servers that plugins bring, as they are written, with what a server of a plugin may rely on. */
import { join } from "node:path"
import { manifestFile } from "../../plugins/discover/manifest.ts"
import type { Inline, PartedPlugin } from "../../plugins/discover/parts.ts"
import type { Environment } from "../folders.ts"
import { pluginData } from "../plugin/parts.ts"
import { readMcpAt } from "./mcp-json.ts"

export interface PluginServer {
  readonly name: string
  readonly raw: unknown
  /** Absolute path of the file. */
  readonly source: string
  /** Why there is none. */
  readonly problem?: string
}

export interface PluginServers {
  /** Absolute: of the plugin, and of what it may keep. */
  readonly folder: string
  readonly data: string
  /** Of two with one name the later. */
  readonly servers: ReadonlyArray<PluginServer>
}

export const serversOf = ({ name, folder, parts }: PartedPlugin, env: Environment): PluginServers => {
  const byName = new Map(parts.mcp.flatMap((one) => serversIn(one, folder)).map((one) => [one.name, one]))
  return { folder, data: pluginData(env, name), servers: [...byName.values()] }
}

const serversIn = (one: Inline, folder: string): ReadonlyArray<PluginServer> => {
  if ("value" in one) {
    const source = join(folder, manifestFile)
    if (!isObject(one.value)) return []
    return Object.entries(one.value).map(([name, raw]) => ({ name, raw, source }))
  }
  const file = readMcpAt(one.path, true)
  if (file === undefined) return []
  const { path: source, servers, problem } = file
  if (problem !== undefined) return [{ name: "?", raw: undefined, source, problem }]
  return servers.map(({ name, raw }) => ({ name, raw, source }))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What a server of a plugin may name, and is told: https://code.claude.com/docs/en/plugins/manifest-reference#environment-variables */
export const placesOf = ({ folder, data }: PluginServers, cwd: string): Readonly<Record<string, string>> => ({
  CLAUDE_PLUGIN_ROOT: folder,
  CLAUDE_PLUGIN_DATA: data,
  CLAUDE_PROJECT_DIR: cwd
})

/** It runs in the project, as one that the user has configured; its program may be given by its path from the plugin. */
export const withPlaces = (raw: unknown, places: Readonly<Record<string, string>>): unknown => {
  if (!isObject(raw) || raw.command === undefined) return raw
  const { command, env } = raw
  const told = Object.fromEntries(Object.keys(places).map((name) => [name, `\${${name}}`]))
  const isOwn = typeof command === "string" && /^\.{1,2}\//.test(command)
  return {
    ...raw,
    cwd: raw.cwd ?? "${CLAUDE_PROJECT_DIR}",
    command: isOwn ? `\${CLAUDE_PLUGIN_ROOT}/${command.replace(/^\.\//, "")}` : command,
    env: isObject(env) || env === undefined || env === null ? { ...told, ...env } : env
  }
}

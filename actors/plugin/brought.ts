/** What a plugin's folder brings beside code, by the names that it goes by here: for people, who decide about it. */
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, extname, join, relative, sep } from "node:path"
import { commandHookEvents } from "../../plugins/command-hooks.ts"
import { type Inline, partsOf } from "../../plugins/discover/parts.ts"
import type { Brought } from "./runtime-plugins.ts"

/** @returns `undefined` when it brings nothing. Reads a bounded number of small files; never throws. */
export const brought = (plugin: string, folder: string): Brought | undefined => {
  const parts = partsOf(folder)
  const [hooks, servers] = [hooksIn(parts.hooks), serversIn(parts.mcp)]
  const all: Brought = {
    folder,
    skills: parts.skills.flatMap((path) => skillsBelow(path)).map((name) => `${plugin}:${name}`),
    commands: markdownIn(plugin, parts.commands),
    agents: markdownIn(plugin, parts.agents),
    hooks: hooks.commands,
    servers: servers.entries.map(([name, about]) => `plugin:${plugin}:${name}: ${about}`),
    unsupported: [...parts.unsupported, ...hooks.unsupported],
    problems: [...parts.problems, ...hooks.problems, ...servers.problems]
  }
  const isEmpty = Object.values(all).every((one) => typeof one === "string" || one.length === 0)
  return isEmpty ? undefined : all
}

/** In a few words, empty for none of them: `2 skills, 1 command, 1 hook; not supported: themes`. */
export const counted = ({ skills, commands, agents, hooks, servers, unsupported }: Brought): string => {
  const kinds = { skill: skills, command: commands, agent: agents, hook: hooks, "MCP server": servers }
  const counts = Object.entries(kinds).flatMap(([word, { length }]) =>
    length === 0 ? [] : [`${length} ${word}${length === 1 ? "" : "s"}`]
  )
  const rest = unsupported.length === 0 ? [] : [`not supported: ${unsupported.join(", ")}`]
  return [counts.join(", "), ...rest].filter((one) => one !== "").join("; ")
}

/** How deep is looked, and how many entries are: as for skills. */
const depth = 6
const most = 2_000

/** Paths of files below a folder that are meant, from it, in their order. */
const filesBelow = (folder: string, isMeant: (name: string) => boolean): ReadonlyArray<string> => {
  let left = most
  const below = (at: string, deep: number): ReadonlyArray<string> =>
    entriesOf(at).flatMap((entry) => {
      if (left-- <= 0 || entry.name === "node_modules" || entry.name === ".git") return []
      const path = join(at, entry.name)
      if (kindOf(entry, path) === "file") return isMeant(entry.name) ? [relative(folder, path)] : []
      return kindOf(entry, path) === "folder" && deep < depth ? below(path, deep + 1) : []
    })
  return below(folder, 0)
}

const entriesOf = (folder: string): ReadonlyArray<Dirent> => {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch {
    return []
  }
}

const kindOf = (entry: Dirent, path: string): "file" | "folder" | "other" => {
  const stat = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry
  return stat?.isFile() === true ? "file" : stat?.isDirectory() === true ? "folder" : "other"
}

/** Named by their folders; what lies in a skill's folder is its own. */
const skillsBelow = (folder: string): ReadonlyArray<string> => {
  const found = filesBelow(folder, (name) => name.toLowerCase() === "skill.md").map((path) => join(folder, path, ".."))
  return found
    .filter((one) => found.every((other) => other === one || !one.startsWith(`${other}${sep}`)))
    .map((path) => basename(path))
}

/** `db/migrate.md` is `plugin:db:migrate`. */
const markdownIn = (plugin: string, paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths
    .flatMap((path) =>
      statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
        ? filesBelow(path, (name) => name.toLowerCase().endsWith(".md"))
        : [basename(path)]
    )
    .map((path) => [plugin, ...path.slice(0, path.length - extname(path).length).split(sep)].join(":"))

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listIn = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** Bytes of the longest file that is read. */
const longest = 1_000_000

/** @throws Error saying why it cannot be read. */
const valueOf = (one: Inline): unknown => {
  if ("value" in one) return one.value
  const { path } = one
  const stat = statSync(path)
  if (!stat.isFile() || stat.size > longest) throw new Error(`is not a file of at most ${longest} bytes`)
  return JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""))
}

const readAll = (all: ReadonlyArray<Inline>) =>
  all.map((one) => {
    try {
      return { value: valueOf(one), problem: [] }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { value: {}, problem: ["path" in one ? `${one.path}: ${why}` : why] }
    }
  })

const hooksIn = (all: ReadonlyArray<Inline>) => {
  const read = readAll(all)
  const commands: Array<string> = []
  const unsupported = new Set<string>()
  for (const { value } of read) {
    const hooks = isFields(value) && isFields(value.hooks) ? value.hooks : {}
    for (const [event, groups] of Object.entries(hooks)) {
      const isKnown = commandHookEvents.some((one) => one === event)
      if (!isKnown) unsupported.add(`hooks for ${event}`)
      for (const group of isKnown ? listIn(groups) : []) {
        if (!isFields(group)) continue
        const matcher = typeof group.matcher === "string" && group.matcher !== "" ? ` (${group.matcher})` : ""
        for (const hook of listIn(group.hooks)) {
          if (!isFields(hook)) continue
          const { type = "command", command, args } = hook
          if (type === "command" && typeof command === "string")
            commands.push(
              `${event}${matcher}: ${[command, ...listIn(args).map((arg) => JSON.stringify(arg))].join(" ")}`
            )
          else unsupported.add(`hooks of type ${String(type)}`)
        }
      }
    }
  }
  return { commands, unsupported: [...unsupported], problems: read.flatMap(({ problem }) => problem) }
}

const serversIn = (all: ReadonlyArray<Inline>) => {
  const read = readAll(all)
  const byName = new Map<string, string>()
  for (const [at, { value }] of read.entries()) {
    const servers = serversOf(value, "path" in (all[at] ?? {}))
    for (const [name, server] of Object.entries(servers)) byName.set(name, targetOf(server))
  }
  return { entries: [...byName], problems: read.flatMap(({ problem }) => problem) }
}

/** A file may leave out the word around them. */
const serversOf = (value: unknown, isFile: boolean): Fields => {
  if (!isFields(value)) return {}
  const inner = isFile ? (value.mcpServers ?? value.servers) : undefined
  return isFields(inner) ? inner : value
}

/** Whatever it starts, verbatim. */
const targetOf = (server: unknown): string => {
  if (!isFields(server)) return "not a server"
  const { command, args, url, env } = server
  if (typeof url === "string") return url
  const variables = isFields(env) ? Object.entries(env).map(([name, value]) => `${name}=${String(value)}`) : []
  return [...variables, command, ...listIn(args)].map(String).join(" ")
}

/**
 * What the folder of a plugin brings beside code: files in the formats that other agents know, too. Where they lie, and what a
 * `.claude-plugin/plugin.json` says of that, is as https://code.claude.com/docs/en/plugins/manifest-reference has it.
 */
import { readdirSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { inside, isWithin } from "./inside.ts"
import { type Manifest, manifestFile, readManifest } from "./manifest.ts"
import { isBundle, unsupportedIn } from "./unsupported.ts"

export interface PluginParts {
  /** Absolute paths of folders with skills in them, or of single skills. */
  readonly skills: ReadonlyArray<string>
  /** Absolute paths of folders with commands as Markdown, or of single ones. */
  readonly commands: ReadonlyArray<string>
  /** The same of agents. */
  readonly agents: ReadonlyArray<string>
  /** Hooks as commands: an absolute path of a JSON file, or what would stand in it (`{ "hooks": … }`). */
  readonly hooks: ReadonlyArray<Inline>
  /** MCP servers: an absolute path of a file like `.mcp.json`, or its `mcpServers`. Of two with one name the later counts. */
  readonly mcp: ReadonlyArray<Inline>
  /** What it brings that means nothing here, a few words each, for people. */
  readonly unsupported: ReadonlyArray<string>
  /** What it names and has not, or may not have, a line each, for people; the rest counts all the same. */
  readonly problems: ReadonlyArray<string>
}

export type Inline = { readonly path: string } | { readonly value: unknown }

/** A plugin that is there, trusted and not switched off. */
export interface PartedPlugin {
  readonly name: string
  /** Absolute path of its folder: `${CLAUDE_PLUGIN_ROOT}`. */
  readonly folder: string
  readonly parts: PluginParts
}

export const noParts: PluginParts = {
  skills: [],
  commands: [],
  agents: [],
  hooks: [],
  mcp: [],
  unsupported: [],
  problems: []
}

/** Paths of one kind that are looked at. */
const most = 500

/**
 * Reads nothing but the manifest, and looks which files are there. Never throws: whatever is wrong is told in `problems`.
 *
 * @param folder Absolute; of a plugin that is a single file there is nothing.
 */
export const partsOf = (folder: string): PluginParts => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return noParts
  const problems: Array<string> = []
  const manifest = manifestIn(folder, problems)
  const look: Look = {
    folder,
    manifest,
    problem: (text) => void problems.push(text),
    at: (key, path) => {
      const found = inside(folder, path)
      if ("path" in found) return found.path
      problems.push(`${key}: ${found.reason}`)
      return undefined
    }
  }
  const parts = {
    skills: skillsIn(look),
    commands: commandsIn(look),
    agents: markdownIn(look, "agents"),
    hooks: hooksIn(look),
    mcp: serversIn(look)
  }
  // A `bin` beside code, or settings of its own, are no part of it.
  const unsupported = isNative(folder, manifest) ? [] : unsupportedIn(folder, manifest)
  return { ...parts, unsupported, problems }
}

const isNative = (folder: string, manifest: Manifest): boolean =>
  Object.keys(manifest).length === 0 && statSync(join(folder, "package.json"), { throwIfNoEntry: false }) !== undefined

/** Whether a folder without code and without manifest is meant as a plugin. */
export const hasDefaultParts = (folder: string): boolean => {
  const stat = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })
  return (
    stat("skills")?.isDirectory() === true ||
    [join("hooks", "hooks.json"), ".mcp.json", "SKILL.md"].some((name) => stat(name)?.isFile() === true) ||
    // Folders of these names hold code in many projects.
    ["commands", "agents"].some((name) => holdsMarkdown(join(folder, name)))
  )
}

const holdsMarkdown = (folder: string): boolean => {
  try {
    return readdirSync(folder).some((name) => name.toLowerCase().endsWith(".md"))
  } catch {
    return false
  }
}

interface Look {
  readonly folder: string
  readonly manifest: Manifest
  readonly problem: (text: string) => void
  /** @returns its absolute path, when it is there and in the folder. */
  readonly at: (key: string, path: string) => string | undefined
}

const manifestIn = (folder: string, problems: Array<string>): Manifest => {
  try {
    return readManifest(folder) ?? {}
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
    return {}
  }
}

/** What lies where it lies without a word in the manifest. */
const usual = ({ folder, at }: Look, name: string): ReadonlyArray<string> => {
  if (statSync(join(folder, name), { throwIfNoEntry: false }) === undefined) return []
  const path = at(name, name)
  return path === undefined ? [] : [path]
}

/** One of something, or a list of it. */
const listOf = ({ manifest, problem }: Look, key: string): ReadonlyArray<unknown> => {
  const value = manifest[key]
  if (value === undefined || value === null) return []
  const all: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (all.length > most) problem(`${key}: only the first ${most} of ${all.length} are looked at`)
  return all.slice(0, most)
}

const pathsOf = (look: Look, key: string): ReadonlyArray<string> =>
  listOf(look, key).flatMap((one) => {
    if (typeof one === "string") return look.at(key, one) ?? []
    look.problem(`${key}: expected a path, got ${kindOf(one)}`)
    return []
  })

const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value)

/** Those that are named are added to the usual ones; a SKILL.md at the root counts when there is neither. */
const skillsIn = (look: Look): ReadonlyArray<string> => {
  const [own, named] = [usual(look, "skills"), pathsOf(look, "skills")]
  const folders = named.filter((path) => {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    if (!isFolder) look.problem(`skills: ${path} is not a folder`)
    return isFolder
  })
  const apart = folders.filter((path) => own.every((folder) => !isWithin(folder, path)))
  if (own.length > 0 || look.manifest.skills !== undefined) return unique([...own, ...apart])
  return usual(look, "SKILL.md").length > 0 ? [look.folder] : []
}

/** Those that are named stand in place of the usual folder. */
const markdownIn = (look: Look, key: "commands" | "agents"): ReadonlyArray<string> =>
  look.manifest[key] === undefined ? usual(look, key) : unique(pathsOf(look, key))

const commandsIn = (look: Look): ReadonlyArray<string> => {
  const named = look.manifest.commands
  if (!isFields(named)) return markdownIn(look, "commands")
  return unique(
    Object.entries(named)
      .slice(0, most)
      .flatMap(([name, command]) => {
        const source = isFields(command) ? command.source : command
        if (typeof source === "string") {
          if (basename(source, ".md") !== name) look.problem(`commands.${name}: it is called after its file, ${source}`)
          return look.at(`commands.${name}`, source) ?? []
        }
        look.problem(
          `commands.${name}: a command that stands in ${manifestFile} itself is not supported; put it into a file`
        )
        return []
      })
  )
}

/** The usual file first, the same file never twice: a hook would run twice. */
const hooksIn = (look: Look): ReadonlyArray<Inline> =>
  once([
    ...usual(look, join("hooks", "hooks.json")).map((path): Inline => ({ path })),
    ...inlineOf(look, "hooks", (value) => (isFields(value.hooks) ? value : { hooks: value }))
  ])

const serversIn = (look: Look): ReadonlyArray<Inline> =>
  once([
    ...usual(look, ".mcp.json").map((path): Inline => ({ path })),
    ...inlineOf(look, "mcpServers", (value) => (isFields(value.mcpServers) ? value.mcpServers : value))
  ])

const inlineOf = (look: Look, key: string, shaped: (value: Fields) => unknown): ReadonlyArray<Inline> =>
  listOf(look, key).flatMap((one): ReadonlyArray<Inline> => {
    if (isFields(one)) return [{ value: shaped(one) }]
    if (typeof one !== "string") {
      look.problem(`${key}: expected a path or an object, got ${kindOf(one)}`)
      return []
    }
    if (isBundle(one)) return []
    const path = look.at(key, one)
    return path === undefined ? [] : [{ path }]
  })

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const unique = (paths: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(paths)]

const once = (all: ReadonlyArray<Inline>): ReadonlyArray<Inline> =>
  all.filter(
    (one, at) => !("path" in one) || at === all.findIndex((other) => "path" in other && other.path === one.path)
  )

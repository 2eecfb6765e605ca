/**
 * Plugins that lie in a folder: a module is one, and a folder with a package.json that names its entry, or with an index, or with
 * what other agents know: a manifest of Claude Code, skills, commands, agents, hooks, MCP servers.
 */
import { type Dirent, readdirSync, statSync } from "node:fs"
import { extname, join } from "node:path"
import { indexFiles, indexOf, isModule, moduleAt } from "./entry.ts"
import type { FoundPlugin, FoundTier } from "./found.ts"
import { guardsIn, type Manifest, manifestFile, nameIn, readManifest, textIn } from "./manifest.ts"
import { type Package, readPackage } from "./package-json.ts"
import { hasDefaultParts } from "./parts.ts"

/** Entries of one folder that are looked at, in the order of their names. */
export const mostEntries = 500

/** What begins with `.` or `_` is nobody's plugin: helpers of others may lie there. */
export const pluginsIn = (folder: string, tier: FoundTier): ReadonlyArray<FoundPlugin> => {
  let entries: ReadonlyArray<Dirent>
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return []
    return [broken(folder, tier, "plugins", error)]
  }
  const meant = entries
    .filter(({ name }) => !/^[._]/.test(name) && name !== "node_modules")
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const tooMany = new Error(`${meant.length} entries lie there; only the first ${mostEntries} by name are looked at`)
  return [
    ...meant.slice(0, mostEntries).flatMap((entry) => pluginAt(join(folder, entry.name), entry, tier, folder)),
    ...(meant.length > mostEntries ? [broken(folder, tier, "plugins", tooMany)] : [])
  ]
}

const pluginAt = (path: string, entry: Dirent, tier: FoundTier, folder: string): ReadonlyArray<FoundPlugin> => {
  const { name } = entry
  try {
    // A link that leads nowhere is told as well, when its name is a plugin's.
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isFolderAt(path))
    if (isFolder) return [pluginIn(path, tier, name)]
    if (!isModule(name)) return []
    const called = name.slice(0, -extname(name).length)
    return [{ ...inOrder(called, tier, path), module: moduleAt(folder, name) }]
  } catch (error) {
    return [broken(path, tier, isModule(name) ? name.slice(0, -extname(name).length) : name, error)]
  }
}

const isFolderAt = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/**
 * The plugin that a folder is.
 *
 * @param name What it is called when its package.json does not say.
 */
export const pluginIn = (path: string, tier: FoundTier, name: string): FoundPlugin => {
  let its: Package | undefined
  try {
    its = readPackage(path)
    const isClaudes = hasManifest(path)
    // Of a plugin for Claude Code an index.js is the user's own business, a server's perhaps.
    const entry = its?.entry ?? (isClaudes ? undefined : indexOf(path))
    if (entry !== undefined) return { ...told(path, tier, name, its), module: moduleAt(path, entry) }
    if (isClaudes || hasDefaultParts(path)) return withoutCode(path, tier, name)
    throw new Error(
      `it has no ${indexFiles.join(", ")}, no package.json that names its entry in kintsugi.plugin, no ${manifestFile}, and no skills, commands, agents, hooks or MCP servers`
    )
  } catch (error) {
    return { ...told(path, tier, name, its), state: "broken", reason: messageOf(error) }
  }
}

const hasManifest = (path: string): boolean =>
  statSync(join(path, manifestFile), { throwIfNoEntry: false }) !== undefined

/** Of one that cannot be read nobody knows whether it guards: then it is one that was promised to. */
const withoutCode = (path: string, tier: FoundTier, name: string): FoundPlugin => {
  let its: Manifest = {}
  try {
    its = readManifest(path) ?? {}
    return { ...saidBy(its, path, tier, name), name: nameIn(its) ?? name }
  } catch (error) {
    const hooks = guardsIn(path) ? ["beforeToolExecute"] : []
    return { ...saidBy(its, path, tier, name), hooks, state: "broken", reason: messageOf(error) }
  }
}

const saidBy = (its: Manifest, path: string, tier: FoundTier, name: string): FoundPlugin => {
  const [version, description] = [textIn(its, "version"), textIn(its, "description")]
  return {
    ...inOrder(name, tier, path),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description })
  }
}

const told = (path: string, tier: FoundTier, name: string, its: Package | undefined): FoundPlugin => ({
  ...inOrder(its?.called ?? name, tier, path),
  hooks: its?.hooks ?? [],
  ...(its?.name === undefined ? {} : { package: its.name }),
  ...(its?.version === undefined ? {} : { version: its.version }),
  ...(its?.description === undefined ? {} : { description: its.description })
})

const inOrder = (name: string, tier: FoundTier, path: string): FoundPlugin => ({
  name,
  tier,
  path,
  hooks: [],
  state: "found",
  reason: ""
})

export const broken = (path: string, tier: FoundTier, name: string, error: unknown): FoundPlugin => ({
  ...inOrder(name, tier, path),
  state: "broken",
  reason: messageOf(error)
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

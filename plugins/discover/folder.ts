/** Plugins that lie in a folder: a module is one, and a folder with a package.json that names its entry, or with an index. */
import { type Dirent, readdirSync, statSync } from "node:fs"
import { extname, join } from "node:path"
import { indexFiles, indexOf, isModule, moduleAt } from "./entry.ts"
import type { FoundPlugin, FoundTier } from "./found.ts"
import { type Package, readPackage } from "./package-json.ts"

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
    const entry = its?.entry ?? indexOf(path)
    if (entry === undefined)
      throw new Error(`it has no ${indexFiles.join(", ")}, and no package.json that names its entry in kintsugi.plugin`)
    return { ...told(path, tier, name, its), module: moduleAt(path, entry) }
  } catch (error) {
    return { ...told(path, tier, name, its), state: "broken", reason: messageOf(error) }
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

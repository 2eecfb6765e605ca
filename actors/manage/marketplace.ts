/**
 * A repository that lists plugins for Claude Code in `.claude-plugin/marketplace.json`, and what an entry adds to the plugin that it
 * names: https://code.claude.com/docs/en/plugins/marketplace-reference
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { inside } from "../../plugins/discover/inside.ts"
import type { Manifest } from "../../plugins/discover/manifest.ts"
import { NotManaged } from "./not-managed.ts"

export const marketplaceFile = ".claude-plugin/marketplace.json"

export interface Entry {
  readonly name: string
  readonly fields: Manifest
  /** `metadata.pluginRoot`: where a source that is a mere name lies. */
  readonly root: string
}

/** Where the plugin of an entry lies. */
export type Place = { readonly path: string } | { readonly url: string; readonly ref: string; readonly path: string }

const isFields = (value: unknown): value is Manifest =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** @throws NotManaged when it cannot be read. */
export const entriesIn = (folder: string): ReadonlyArray<Entry> => {
  const value = parsed(join(folder, marketplaceFile))
  const plugins = isFields(value) ? value.plugins : undefined
  if (!isFields(value) || !Array.isArray(plugins))
    throw new NotManaged({ message: `its ${marketplaceFile} has no list of plugins` })
  const root = isFields(value.metadata) ? textOf(value.metadata.pluginRoot) : ""
  return plugins.flatMap((one: unknown) =>
    isFields(one) && textOf(one.name) !== "" ? [{ name: textOf(one.name), fields: one, root }] : []
  )
}

const parsed = (path: string): unknown => {
  try {
    if (statSync(path).size > 10_000_000) throw new Error("it is longer than 10 MB")
    return JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new NotManaged({ message: `its ${marketplaceFile} cannot be read: ${why}` })
  }
}

/**
 * @param name Absent: the only one that there is.
 * @throws NotManaged naming those that there are.
 */
export const chosenFrom = (entries: ReadonlyArray<Entry>, name: string | undefined): Entry => {
  const [only, second] = entries
  if (name === undefined && only !== undefined && second === undefined) return only
  const found = entries.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = entries.map((one) => (/^[\w.-]+$/.test(one.name) ? one.name : JSON.stringify(one.name)))
  const list = names.length > 40 ? `${names.slice(0, 40).join(", ")} and ${names.length - 40} more` : names.join(", ")
  throw new NotManaged({
    isUsage: true,
    message:
      name === undefined
        ? `it lists ${names.length} plugins; say which with --plugin NAME: ${list}`
        : `it lists no plugin ${JSON.stringify(name)}; there are: ${list}`
  })
}

/** @throws NotManaged for sources that are none for us. */
export const placeOf = ({ name, fields: { source }, root }: Entry): Place => {
  if (typeof source === "string") {
    if (/^\.(\/|$)/.test(source)) return { path: source }
    if (root !== "" && !source.includes("/")) return { path: join(root, source) }
    throw new NotManaged({ message: `the source of ${name} is no path: ${JSON.stringify(source)}` })
  }
  const { source: kind, url, repo, path, ref, sha } = isFields(source) ? source : {}
  const rest = { ref: textOf(sha) || textOf(ref), path: textOf(path) || "." }
  const isShort = (text: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(text)
  const address = textOf(kind === "github" ? repo : url)
  if (kind === "github" || (kind === "git-subdir" && isShort(address)))
    return { url: `https://github.com/${address}.git`, ...rest }
  if (kind === "url" || kind === "git-subdir") return { url: address, ...rest }
  const what = typeof kind === "string" ? `from ${JSON.stringify(kind)}` : "from nowhere"
  throw new NotManaged({
    message: `${name} comes ${what}, which is not supported: only paths and git repositories are`
  })
}

/** Fields that are the marketplace's own. */
const own = new Set(["source", "strict", "category", "tags", "relevance", "headers", "headersHelper"])

/** Fields with which an entry may add to a plugin that has a manifest; what else stands there is the plugin's own to say. */
const additions = ["commands", "agents", "skills", "hooks", "outputStyles", "themes"]

/** Those of them that take the place of the usual folder. */
const replacing: Readonly<Record<string, string>> = { commands: "./commands", agents: "./agents" }

/**
 * @param manifest That of the plugin's own; absent: the entry is all there is.
 * @param hasFolder Whether the plugin has a folder of that name.
 * @returns what its manifest is then. @throws NotManaged when they contradict each other.
 */
export const combined = (
  { name, fields }: Entry,
  manifest: Manifest | undefined,
  hasFolder: (path: string) => boolean
): Manifest => {
  const said = Object.fromEntries(Object.entries(fields).filter(([key]) => !own.has(key)))
  if (manifest === undefined) return said
  const added = additions.filter((key) => said[key] !== undefined)
  if (fields.strict === false && added.length > 0)
    throw new NotManaged({
      message: `${name} has conflicting manifests: its plugin.json and the marketplace both say which ${added.join(", ")} it has`
    })
  const joined = added.map((key) => {
    const usual = replacing[key]
    const before = manifest[key] ?? (usual !== undefined && hasFolder(usual) ? [usual] : [])
    return [key, [before, said[key]].flat()] as const
  })
  return { ...manifest, ...Object.fromEntries(joined) }
}

/** Of a marketplace that is the plugin itself only the skills that the entry lists are meant: others are taken out of the copy. */
export const keepListed = ({ fields: { skills } }: Entry, folder: string): void => {
  const listed = [skills].flat().flatMap((one) => {
    const found = typeof one === "string" ? inside(folder, one) : { reason: "" }
    return "path" in found ? [relative(folder, found.path)] : []
  })
  if (listed.length === 0 || listed.includes("") || listed.includes("skills")) return
  for (const name of namesIn(join(folder, "skills"))) {
    const path = join("skills", name)
    const isMeant = listed.some((one) => one === path || one.startsWith(`${path}${sep}`))
    if (!isMeant) rmSync(join(folder, path), { recursive: true, force: true })
  }
}

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

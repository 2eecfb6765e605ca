/** A package-lock.json as it may be followed: registry packages with checksums, and nothing else. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod"
import { rangeOf } from "./declared.ts"

const Specs = z.record(z.string(), z.string()).optional()

const Entry = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: Specs,
  optionalDependencies: Specs,
  peerDependencies: Specs
})

const Lock = z.looseObject({ lockfileVersion: z.number().min(2), packages: z.record(z.string(), Entry) })

type Entry = z.infer<typeof Entry>
export type Lock = z.infer<typeof Lock>

/**
 * Without what is only for the plugin's development.
 *
 * @returns `undefined` when there is none, or none that npm 7 and newer wrote.
 */
export const readLock = (folder: string): Lock | undefined => {
  try {
    const lock = Lock.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")))
    const kept = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true)
    return { ...lock, packages: Object.fromEntries(kept) }
  } catch {
    return undefined
  }
}

/** @returns the version at the top of the tree; `undefined` when another package goes by this name there. */
export const lockedVersion = (lock: Lock | undefined, name: string): string | undefined => {
  const entry = lock?.packages[`node_modules/${name}`]
  return entry?.name === undefined || entry.name === name ? entry?.version : undefined
}

/** Names of all packages in it that would have run a script on the way in. */
export const scripted = ({ packages }: Lock): ReadonlyArray<string> =>
  Object.entries(packages).flatMap(([path, entry]) => (entry.hasInstallScript === true ? [nameAt(path, entry)] : []))

/** Why it may not be followed. */
export const lockProblem = ({ packages }: Lock): string | undefined => {
  for (const [path, entry] of Object.entries(packages)) {
    const problem = path === "" ? undefined : entryProblem(path, entry)
    if (problem !== undefined) return `${path.slice(0, 100)} ${problem}`
  }
  return undefined
}

/**
 * For `dependencies` alone, and without addresses: each package comes from the registry that npm is set to, and its
 * checksum says whether it is the one that was meant.
 */
export const lockFor = ({ packages }: Lock, dependencies: Readonly<Record<string, string>>): Lock => {
  const entries = Object.entries(packages).map(([path, { resolved: _, ...entry }]) => [path, entry] as const)
  // Its second list, for old versions of npm, would contradict the first.
  return { lockfileVersion: 3, requires: true, packages: { ...Object.fromEntries(entries), "": { dependencies } } }
}

const entryProblem = (path: string, entry: Entry): string | undefined => {
  const { link, version, integrity = "", resolved, inBundle } = entry
  if (!/^node_modules\/(?!.*(^|\/)\.\.?(\/|$))/.test(path)) return "lies outside node_modules"
  if (link === true) return "is a link to a folder"
  if (version === undefined) return "has no version"
  if (resolved !== undefined && !isTarballOf(resolved, nameAt(path, entry), version)) return "is no registry's package"
  // What is bundled lies within its parent's tarball, and is covered by the parent's checksum.
  const isBundled = inBundle === true && path.lastIndexOf("/node_modules/") > 0
  if (!isBundled && !/^sha(1|256|384|512)-\S+$/.test(integrity)) return "has no checksum"
  const foreign = [entry.dependencies, entry.optionalDependencies, entry.peerDependencies]
    .flatMap((specs) => Object.entries(specs ?? {}))
    .find(([, spec]) => !isFromRegistry(spec))
  return foreign === undefined ? undefined : `needs ${foreign[0]} from elsewhere than the registry`
}

const nameAt = (path: string, { name }: Entry): string => name ?? path.slice(path.lastIndexOf("node_modules/") + 13)

const isTarballOf = (address: string, name: string, version: string): boolean => {
  const file = `/${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`
  const { protocol = "", pathname = "" } = URL.parse(address) ?? {}
  return /^https?:$/.test(protocol) && pathname.replaceAll(/%2f/gi, "/").replaceAll(/%40/g, "@").endsWith(file)
}

/** A range, a tag, or either of another package: within a dependency that is its author's choice. */
const isFromRegistry = (spec: string): boolean => {
  const [, range = spec] = /^npm:@?[^@]+(?:@(.*))?$/.exec(spec) ?? []
  return rangeOf(range) !== undefined || /^(npm:[\w@./-]+|[a-z][\w.-]*)$/i.test(range)
}

/**
 * A plugin's own code among the modules of a place: which files are its own, which texts are run in place of them, where
 * what was installed for it lies. Nothing of it is written to disk.
 */
import { createRequire } from "node:module"
import { sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Sources } from "../../healing/code.ts"

export interface OwnCode {
  /** Real absolute path of its folder. */
  readonly root: string
  /** By real absolute path. */
  readonly sources: Sources
  /** Absolute path of the folder whose node_modules holds what was installed for it. */
  readonly packages?: string | undefined
  /**
   * 0: its files are imported under their own addresses, once. Any other: under addresses that carry this number, so that
   * every file of its own is read, and run, anew.
   */
  readonly version: number
}

const codes: Array<OwnCode> = []

/** The name under which the version stands in a module's address. */
const key = "kintsugi"

/** From now on. What CommonJS keeps of its files is forgotten. */
export const own = (code: OwnCode): void => {
  const before = codes.findIndex(({ root, version }) => root === code.root && version === code.version)
  if (before !== -1) codes.splice(before, 1)
  codes.push(code)
  if (code.version === 0) return
  const { cache } = createRequire(import.meta.url)
  for (const path of Object.keys(cache)) if (isOwn(path, code)) Reflect.deleteProperty(cache, path)
}

const isOwn = (path: string, { root, packages }: OwnCode): boolean =>
  path.startsWith(`${root}${sep}`) &&
  !path.slice(root.length).includes(`${sep}node_modules${sep}`) &&
  (packages === undefined || !path.startsWith(`${packages}${sep}`))

export interface Owned {
  readonly code: OwnCode
  /** Real absolute path. */
  readonly path: string
}

/** Whose module stands at this address. A module of CommonJS has no version in its own: it belongs to the newest. */
export const ownerOf = (address: string | undefined): Owned | undefined => {
  if (codes.length === 0 || address?.startsWith("file:") !== true) return undefined
  const path = pathOf(address)
  const version = versionOf(address)
  let found: OwnCode | undefined
  for (const code of codes) {
    const isFurther = found === undefined || code.root.length >= found.root.length
    if (isFurther && isOwn(path, code) && (version === undefined || version === code.version)) found = code
  }
  return found === undefined ? undefined : { code: found, path }
}

const pathOf = (address: string): string => {
  try {
    return fileURLToPath(address)
  } catch {
    return ""
  }
}

const versionOf = (address: string): number | undefined => {
  const found = new RegExp(`[?&]${key}=(\\d+)`).exec(address)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** The address under which a version of a plugin imports its own file; any other file's stays as it is. */
export const versioned = (address: string, code: OwnCode): string => {
  if (code.version === 0 || versionOf(address) !== undefined || ownerOf(address)?.code.root !== code.root)
    return address
  return `${address}${address.includes("?") ? "&" : "?"}${key}=${code.version}`
}

export const addressOf = (module: string, code: OwnCode): string => versioned(pathToFileURL(module).href, code)

/** Text about modules as if they had their own addresses. */
export const unversioned = (text: string): string => text.replace(new RegExp(`[?&]${key}=\\d+`, "g"), "")

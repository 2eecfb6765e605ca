/** What may be installed besides npm packages: the folder of a plugin for Claude Code, or a repository that may hold one. */
import { existsSync, statSync } from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import { manifestFile } from "../../plugins/discover/manifest.ts"
import { readPackage } from "../../plugins/discover/package-json.ts"
import { hasDefaultParts } from "../../plugins/discover/parts.ts"
import type { Repository } from "./git.ts"
import { marketplaceFile } from "./marketplace.ts"
import { NotManaged } from "./not-managed.ts"

export type Source = { readonly folder: string } | { readonly repository: Repository }

/** What lies in a folder: code that npm installs, parts that are copied, a list of plugins, or nothing that is one. */
export type Kind = "code" | "parts" | "marketplace" | "nothing"

/** @returns `undefined` for what npm alone can install. @throws NotManaged for an address that git must not be told. */
export const readSource = (typed: string, cwd: string): Source | undefined => {
  const path = pathIn(typed)
  if (path !== undefined) {
    const folder = resolve(cwd, path)
    const kind = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? kindOf(folder) : "nothing"
    return kind === "parts" || kind === "marketplace" ? { folder } : undefined
  }
  const repository = repositoryIn(typed)
  return repository === undefined ? undefined : { repository }
}

const pathIn = (typed: string): string | undefined => {
  if (/^file:/i.test(typed)) return typed.slice("file:".length)
  return /^\.{0,2}\/|^\.{1,2}$/.test(typed) || isAbsolute(typed) ? typed : undefined
}

export const kindOf = (folder: string): Kind => {
  if (entryOf(folder) !== undefined) return "code"
  if (existsSync(join(folder, manifestFile))) return "parts"
  if (existsSync(join(folder, marketplaceFile))) return "marketplace"
  return hasDefaultParts(folder) ? "parts" : "nothing"
}

const entryOf = (folder: string): string | undefined => {
  try {
    return readPackage(folder)?.entry
  } catch {
    return undefined
  }
}

/** Short names of hosts, as npm has them. */
const hosts: Readonly<Record<string, string>> = {
  "github:": "https://github.com/",
  "gitlab:": "https://gitlab.com/",
  "bitbucket:": "https://bitbucket.org/"
}

/** Hosts whose pages of a repository are its address, too. */
const known = /^https:\/\/(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\/[^/?#]+\/[^?#]+$/i

const repositoryIn = (typed: string): Repository | undefined => {
  const at = typed.indexOf("#")
  const [address, ref] = at === -1 ? [typed, ""] : [typed.slice(0, at), typed.slice(at + 1)]
  // npm's own: a range of versions among tags.
  if (ref.startsWith("semver:")) return undefined
  const url = urlIn(address)
  if (url === undefined) return undefined
  return repository(url, ref)
}

const urlIn = (address: string): string | undefined => {
  const short = /^([a-z]+:)?([\w.-]+\/[\w.-]+)$/i.exec(address)
  if (short !== null) {
    const host = hosts[short[1]?.toLowerCase() ?? "github:"]
    if (host !== undefined) return `${host}${(short[2] ?? "").replace(/\.git$/, "")}.git`
  }
  if (/^git\+(https?|ssh|file):\/\//i.test(address)) return address.slice("git+".length)
  if (/^(git|ssh):\/\//i.test(address)) return address
  if (/^[\w.-]+@[\w.-]+:[^/].*/.test(address) && !address.startsWith("@")) return address
  if (/^https?:\/\//i.test(address) && (/\.git$/i.test(address) || (known.test(address) && !isTarball(address))))
    return address
  return undefined
}

const isTarball = (address: string): boolean => /\.(tgz|tar\.gz|tar)$/i.test(address)

/**
 * An address and what of it, as they may be given to git: neither may look like an option or name a program.
 *
 * @throws NotManaged
 */
export const repository = (url: string, ref: string): Repository => {
  const isAddress = /^(https?|ssh|git|file):\/\/[^\s\p{Cc}]+$|^[\w.-]+@[\w.-]+:[^\s\p{Cc}]+$/iu.test(url)
  if (!isAddress || /^-|:\/\/-|::/.test(url))
    throw new NotManaged({ isUsage: true, message: `${JSON.stringify(url)} is no address of a git repository` })
  // https://git-scm.com/docs/git-check-ref-format, and no refspec.
  if (/^[-+/]|[\s~^:?*[\\\p{Cc}]|\.\.|@\{/u.test(ref))
    throw new NotManaged({ isUsage: true, message: `${JSON.stringify(ref)} is no branch, tag or commit` })
  return ref === "" ? { url } : { url, ref }
}

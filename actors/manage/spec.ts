/** What may be installed, as people write it: a name, with a version or a tag, a git address, a tarball, a folder. */
import { existsSync, statSync } from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import validateName from "validate-npm-package-name"
import { readPackage } from "../../plugins/discover/package-json.ts"
import { NotManaged } from "./not-managed.ts"

export interface Spec {
  /** As it was typed. */
  readonly typed: string
  /** As npm is told it, from whatever folder it runs in. */
  readonly npm: string
  /** Name of the package, when that can be said before it is there. */
  readonly package?: string
}

/**
 * @param cwd What relative paths are relative to.
 * @throws NotManaged for what npm would take for something that nobody means.
 */
export const readSpec = (typed: string, cwd: string): Spec => {
  const usage = (message: string) => new NotManaged({ message, isUsage: true })
  if (typed.trim() === "" || typed.startsWith("-")) throw usage(`${JSON.stringify(typed)} is nothing to install`)
  const path = pathIn(typed)
  if (path !== undefined) return atPath(typed, resolve(cwd, path))
  if (/^[a-z][a-z+]*:|^[\w.-]+\/[\w.-]+(#|$)|@.*:/i.test(typed)) return { typed, npm: typed }
  const at = typed.indexOf("@", 1)
  const [name, range] = at === -1 ? [typed, ""] : [typed.slice(0, at), typed.slice(at + 1)]
  const { validForOldPackages, errors = [] } = validateName(name)
  if (!validForOldPackages)
    throw usage(`${JSON.stringify(name)} is no name of a package (${errors.join(", ")}); a folder is written ./folder`)
  if (range === "" && isPlugin(resolve(cwd, name)))
    throw usage(`${name} is a folder here and may be a package as well: write ./${name}, or ${name}@latest`)
  // Without a version npm would keep the one that is there.
  return { typed, npm: range === "" ? `${name}@latest` : typed, package: name }
}

const pathIn = (typed: string): string | undefined => {
  if (/^file:/i.test(typed)) return typed.slice("file:".length)
  if (/^\.{0,2}\/|^\.{1,2}$/.test(typed) || isAbsolute(typed)) return typed
  return /\.(tgz|tar\.gz|tar)$/.test(typed) && !typed.includes(":") ? typed : undefined
}

const atPath = (typed: string, path: string): Spec => {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there === undefined) throw new NotManaged({ message: `there is no ${path}` })
  if (!there.isDirectory()) return { typed, npm: path }
  if (!existsSync(join(path, "package.json")))
    throw new NotManaged({
      message: `${path} has no package.json, so npm cannot install it; a plugin of a few files can be put into .kintsugi/plugins/ as it is`
    })
  const name = named(path)
  return { typed, npm: path, ...(name === undefined ? {} : { package: name }) }
}

const isPlugin = (path: string): boolean => {
  try {
    return readPackage(path)?.entry !== undefined
  } catch {
    return false
  }
}

const named = (path: string): string | undefined => {
  try {
    return readPackage(path)?.name
  } catch (error) {
    throw new NotManaged({
      message: `${path} cannot be installed: ${error instanceof Error ? error.message : String(error)}`
    })
  }
}

/** The first module of a plugin: there, a file, and inside of its own folder, wherever links lead. */
import { realpathSync, statSync } from "node:fs"
import { isAbsolute, join, relative, resolve, sep } from "node:path"

const extensions = ["ts", "js", "mjs"] as const

export const isModule = (name: string): boolean =>
  /\.(ts|js|mjs)$/.test(name) && !/\.(d|spec|test)\.(ts|js|mjs)$/.test(name)

/** Names of those that are meant when a package.json names none. */
export const indexFiles: ReadonlyArray<string> = extensions.map((extension) => `index.${extension}`)

/** @returns the index file that a folder has. */
export const indexOf = (folder: string): string | undefined =>
  indexFiles.find((name) => statSync(join(folder, name), { throwIfNoEntry: false }) !== undefined)

/**
 * @param entry Path from the folder.
 * @returns its real path. @throws Error saying why it cannot be run.
 */
export const moduleAt = (folder: string, entry: string): string => {
  const home = realpathSync(folder)
  const path = resolve(home, entry)
  if (isAbsolute(entry) || !isInside(home, path)) throw new Error(`its entry ${entry} lies outside of its folder`)
  const module = realPath(path, entry)
  if (!isInside(home, module))
    throw new Error(
      `its entry ${entry} is a link to ${module}, outside of its folder; link the whole folder, or copy it`
    )
  if (!statSync(module).isFile()) throw new Error(`its entry ${entry} is not a file`)
  return module
}

const realPath = (path: string, entry: string): string => {
  try {
    return realpathSync(path)
  } catch (error) {
    const why = error instanceof Error && "code" in error && error.code !== "ENOENT" ? ` (${error.message})` : ""
    throw new Error(`its entry ${entry} is not there${why}`, { cause: error })
  }
}

const isInside = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

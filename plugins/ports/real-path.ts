/** Where a path really leads: every symbolic link followed, also for what does not exist yet, and what lies inside what. */
import { readlink, realpath } from "node:fs/promises"
import { homedir } from "node:os"
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import { PortError } from "../ports.ts"

/** As many links as Linux follows before it says ELOOP. */
const mostLinks = 40

/** Absolute, without links followed. @throws PortError for what cannot be a path. */
export const absolute = (path: string, cwd: string): string => {
  if (path === "") throw new PortError("invalid_arguments", "the path is empty; use . for the working folder")
  if (path.includes("\0")) throw new PortError("invalid_arguments", "a path cannot hold a NUL character")
  const home = path === "~" || path.startsWith("~/") || path.startsWith(`~${sep}`)
  return home ? join(homedir(), path.slice(1)) : resolve(cwd, path)
}

/**
 * Like `realpath`, but the last parts need not exist, and a link that leads nowhere is followed to where it would lead.
 *
 * @param path Absolute.
 * @throws the system's error for anything but a missing part; `ELOOP` for links in a circle.
 */
export const realPath = async (path: string, links = 0): Promise<string> => {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const parent = await realPath(dirname(path), links)
  const here = join(parent, basename(path))
  const target = await readlink(here).catch(() => undefined)
  if (target === undefined) return here
  if (links === mostLinks) throw Object.assign(new Error(`too many links at ${path}`), { code: "ELOOP" })
  return realPath(resolve(parent, target), links + 1)
}

/** A part of the path is not there, or is a file where a folder is needed. */
export const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")

/** The system's name for an error, such as `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/** True for the folder itself, too. Both absolute. */
export const isInside = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The path and all folders above it, up to the root. */
export const withAncestors = (path: string): ReadonlyArray<string> => {
  const parent = dirname(path)
  return parent === path ? [path] : [path, ...withAncestors(parent)]
}

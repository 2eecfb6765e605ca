/** Whether a path that a stranger has written leads to something in his own folder, wherever links lead. */
import { realpathSync } from "node:fs"
import { isAbsolute, join, relative, resolve, sep } from "node:path"

/** @returns its absolute path as it is written; the folder itself is in it. Never throws. */
export const inside = (folder: string, path: string): { readonly path: string } | { readonly reason: string } => {
  const shown = JSON.stringify(path)
  if (path === "" || path.includes("\0") || path.length > 1000) return { reason: `${shown.slice(0, 100)} is no path` }
  const whole = resolve(folder, path)
  if (isAbsolute(path) || !isWithin(folder, whole)) return { reason: `${shown} leads out of the plugin's folder` }
  try {
    const real = realpathSync(whole)
    return isWithin(realpathSync(folder), real)
      ? { path: join(whole) }
      : { reason: `${shown} is a link that leads out of the plugin's folder` }
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
    if (isMissing) return { reason: `${shown} is not there` }
    return { reason: `${shown} cannot be looked at: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Both absolute. */
export const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

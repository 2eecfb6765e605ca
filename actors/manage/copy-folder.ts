/** A stranger's folder copied: what leads out of it is refused, what is no file is left, and nothing grows without bounds. */
import { constants } from "node:fs"
import { copyFile, lstat, mkdir, readdir, readlink, realpath, symlink } from "node:fs/promises"
import { dirname, join, relative, resolve } from "node:path"
import { isWithin } from "../../plugins/discover/inside.ts"
import { bounds, tooLarge } from "./bounds.ts"
import { NotManaged } from "./not-managed.ts"

interface Without {
  readonly names: ReadonlyArray<string>
  readonly folder: string
}

/**
 * Its packages come along, since nobody installs them later; its history does not.
 *
 * @param without What is left out besides: names at its top, and a folder by its absolute path.
 * @throws NotManaged
 */
export const copyFolder = async (from: string, to: string, without: Without): Promise<void> => {
  const [home, left] = [await realpath(from), await realpath(without.folder)]
  let [bytes, entries] = [0, 0]
  const copy = async (way: string): Promise<void> => {
    const [source, target] = [join(home, way), join(to, way)]
    await mkdir(target, { recursive: true })
    for (const { name } of await readdir(source, { withFileTypes: true })) {
      if (name === ".git" || (way === "" && without.names.includes(name))) continue
      const [path, copied] = [join(source, name), join(target, name)]
      if (path === left) continue
      const stat = await lstat(path)
      entries += 1
      bytes += stat.isFile() ? stat.size : 0
      if (entries > bounds.entries || bytes > bounds.bytes) throw tooLarge(from)
      if (stat.isSymbolicLink()) await copyLink(home, path, copied)
      else if (stat.isDirectory()) await copy(join(way, name))
      else if (stat.isFile()) await copyFile(path, copied, constants.COPYFILE_FICLONE)
    }
  }
  await copy("")
}

/** One that leads nowhere is left: it might lead anywhere later. */
const copyLink = async (home: string, path: string, copied: string): Promise<void> => {
  const real = await realpath(resolve(dirname(path), await readlink(path))).catch(() => undefined)
  if (real === undefined) return
  if (!isWithin(home, real))
    throw new NotManaged({ message: `${relative(home, path)} in it is a link that leads out of it, to ${real}` })
  await symlink(relative(dirname(path), real), copied)
}

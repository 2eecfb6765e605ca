/** A plugin's code in one short text, which is another as soon as any file of its own, or what is installed for it, is. */
import { createHash, type Hash } from "node:crypto"
import { type BigIntStats, type Dirent, readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { codeOf } from "../hosts/plugin-folder.ts"
import { installedFor } from "./installed.ts"
import { readPackage } from "../../plugins/discover/package-json.ts"

/** Files beyond which it is no plugin whose code anybody wants to read at every start. */
const mostFiles = 1000

/** Bytes of one file, and of all, that are read. What is longer goes by what the system says of it. */
const most = { file: 256 * 1024, all: 8 * 1024 * 1024 }

/** @returns `undefined` when that cannot be said: too many files, or one that cannot be looked at. */
export const fingerprint = (path: string): string | undefined => {
  try {
    const { module, folder, root } = codeOf(path)
    const files = filesOf(root)
    if (files.length > mostFiles) return undefined
    const hash = createHash("sha256").update(relative(root, module))
    let left = most.all
    for (const file of files) left -= add(hash, root, file, left)
    hash.update(`\0\0${installed(root, folder)}`)
    return hash.digest("hex")
  } catch {
    return undefined
  }
}

/** npm writes its lock anew with every change of what is installed. */
const installed = (root: string, folder: string): string => {
  if (folder === root) return lockIn(join(root, "node_modules"))
  return installedFor(lockIn(folder), relative(folder, root).split(sep).join("/"))
}

const lockIn = (folder: string): string => {
  const path = join(folder, ".package-lock.json")
  return statSync(path, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(path, "utf8")
}

/** Breadth first, in the order of their names; one more than may be, when there are. */
const filesOf = (root: string): ReadonlyArray<string> => {
  const files: Array<string> = []
  const folders = [root]
  for (const folder of folders) {
    const entries = readdirSync(folder, { withFileTypes: true }).toSorted((one, other) =>
      one.name < other.name ? -1 : 1
    )
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && isOwnFolder(path, entry)) folders.push(path)
      if (entry.isFile() || entry.isSymbolicLink()) files.push(path)
      if (files.length > mostFiles || folders.length > mostFiles) return [...files, ...folders]
    }
  }
  return files
}

/** Another plugin may lie beside a module in the same folder; hidden folders are tools' own. */
const isOwnFolder = (path: string, { name }: Dirent): boolean => {
  if (name === "node_modules" || name.startsWith(".")) return false
  try {
    return readPackage(path)?.entry === undefined
  } catch {
    return true
  }
}

/** @returns how many bytes were read. */
const add = (hash: Hash, root: string, path: string, left: number): number => {
  const stat: BigIntStats | undefined = statSync(path, { throwIfNoEntry: false, bigint: true })
  hash.update(`\0${relative(root, path).split(sep).join("/")}\0`)
  // A link to a folder is not followed, so nothing can be said of what lies behind it.
  if (stat?.isDirectory() === true) throw new Error(`${path} leads to another folder`)
  if (stat?.isFile() !== true) return 0
  const size = Number(stat.size)
  if (size > most.file || size > left) {
    // Nobody writes into a file without a new time of change, and nobody can set that one.
    hash.update(`${stat.ino} ${stat.size} ${stat.ctimeNs}`)
    return 0
  }
  hash.update(`${size}\0`).update(readFileSync(path))
  return size
}

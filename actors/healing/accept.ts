/**
 * Writes a repaired text into a plugin's source: only into a regular file of the plugin's own, with one name, reached by
 * no link, and unchanged since. The file is replaced whole; its mode and owner stay.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync
} from "node:fs"
import { basename, dirname, join, relative, resolve, sep } from "node:path"
import { LedgerError } from "./ledger/error.ts"
import { sha256 } from "./ledger/hash.ts"

export interface SourceWrite {
  /** Folder of the plugin whose file it is. */
  readonly root: string
  readonly path: string
  /** SHA-256 of what must be there now. */
  readonly from: string
  /** SHA-256 of what is there afterwards. */
  readonly to: string
  /** Beside the file; nothing else may bear this name. */
  readonly temporary: string
}

/** @throws LedgerError saying why the file may not be written. */
export const checkSource = ({ root, path, from }: Omit<SourceWrite, "to" | "temporary">): Stats => {
  checkPath(root, path)
  const file = openAs(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw refused(path, "it is no regular file")
    if (stat.nlink !== 1) throw refused(path, "it has several names (hard links), and another may not be the plugin's")
    if (sha256(readFileSync(file)) !== from) throw refused(path, "it was edited since it was mended")
    return stat
  } finally {
    closeSync(file)
  }
}

/** @throws LedgerError; then the file is as it was. */
export const replaceSource = (write: SourceWrite, content: Uint8Array): void => {
  const { path, temporary } = write
  // What a crash left behind.
  rmSync(temporary, { force: true })
  const before = checkSource(write)
  try {
    writeBeside(temporary, content, before)
    // Whoever swapped it in the meantime has changed one of these.
    const now = checkSource(write)
    const named = lstatSync(path)
    if (![now, named].every(({ dev, ino }) => dev === before.dev && ino === before.ino))
      throw refused(path, "it was swapped for another while it was written")
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error instanceof LedgerError ? error : refused(path, reasonOf(error), error)
  }
  syncFolder(dirname(path))
}

/** Links on the way to a file, and in its place, end outside the plugin. */
const checkPath = (root: string, path: string): void => {
  if (!isWithin(root, path)) throw refused(path, `it is not in the plugin's own folder ${root}`)
  if (path.split(sep).includes("node_modules"))
    throw refused(path, "it is an installed package's, and the next install would undo it")
  for (const real of [root, path]) {
    if (realOf(path, real) !== real) throw refused(path, "a symbolic link is on the way to it")
  }
  const other = foldersBetween(root, path).find(holdsPlugin)
  if (other !== undefined) throw refused(path, `it belongs to another plugin, in ${other}`)
}

/** Whether a path, written without detours, lies below a folder. */
export const isWithin = (root: string, path: string): boolean =>
  resolve(root) === root && resolve(path) === path && path.startsWith(root.endsWith(sep) ? root : root + sep)

const realOf = (path: string, part: string): string => {
  try {
    return realpathSync(part)
  } catch (error) {
    throw refused(path, reasonOf(error), error)
  }
}

/** Folders below `root` on the way to `path`. */
const foldersBetween = (root: string, path: string): ReadonlyArray<string> => {
  const names = relative(root, dirname(path))
    .split(sep)
    .filter((name) => name !== "")
  return names.map((_, at) => join(root, ...names.slice(0, at + 1)))
}

const holdsPlugin = (folder: string): boolean => {
  const manifest = join(folder, "package.json")
  if (!existsSync(manifest)) return false
  try {
    const content: unknown = JSON.parse(readFileSync(manifest, "utf8"))
    return typeof content === "object" && content !== null && "kintsugi" in content
  } catch {
    // What cannot be read may be anybody's.
    return true
  }
}

/** Whole and on the disk, with the mode and owner of the file it will replace. */
const writeBeside = (temporary: string, content: Uint8Array, { mode, uid, gid }: Stats): void => {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    const own = fstatSync(file)
    if (own.uid !== uid || own.gid !== gid) fchownSync(file, uid, gid)
    fchmodSync(file, mode & 0o7777)
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** So that a loss of power does not undo the rename. */
export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const openAs = (path: string, flags: number): number => {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw refused(path, reasonOf(error), error)
  }
}

/** The name that a file is written under before it takes its place. @param chance Letters that nobody guesses. */
export const besideOf = (path: string, chance: string): string =>
  join(dirname(path), `.${basename(path)}.${chance}.kintsugi-tmp`)

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return "it is gone"
  if (code === "ELOOP") return "it is a symbolic link"
  return error instanceof Error ? error.message : String(error)
}

const refused = (path: string, reason: string, cause?: unknown): LedgerError =>
  new LedgerError(`${path} is not written: ${reason}`, { cause })

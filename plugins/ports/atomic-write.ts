/** Writes a file whole or not at all: a reader, or a crash, finds the old bytes or the new ones. */
import { randomUUID } from "node:crypto"
import type { Stats } from "node:fs"
import { access, constants, type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { PortError } from "../ports.ts"
import { isMissing } from "./real-path.ts"

/**
 * @param path Real and absolute: a link would be replaced by the file.
 * @throws PortError for what is no file; the system's error for what it refuses. The old file is untouched then.
 */
export const writeAtomically = async (path: string, data: Uint8Array): Promise<void> => {
  const old = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (old !== undefined && !old.isFile()) {
    throw new PortError("invalid_arguments", `${path} is ${old.isDirectory() ? "a folder" : "not a regular file"}`)
  }
  // Renaming over it would work on a file that its owner made read-only.
  if (old !== undefined) await access(path, constants.W_OK)
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.kintsugi-${randomUUID()}.tmp`)
  try {
    await fill(temporary, data, old)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

const fill = async (path: string, data: Uint8Array, old: Stats | undefined): Promise<void> => {
  const file = await open(path, "wx", 0o666)
  try {
    if (old !== undefined) await takeAfter(file, old)
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Owner before mode: changing the owner clears the set-user bits. Only root may give files away, so that may fail. */
const takeAfter = async (file: FileHandle, old: Stats): Promise<void> => {
  const own = await file.stat()
  if (own.uid !== old.uid || own.gid !== old.gid) await file.chown(old.uid, old.gid).catch(() => undefined)
  await file.chmod(old.mode & 0o7777)
}

/** Makes the new name durable. Not every system lets a folder be synced; the content is safe either way. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r").catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

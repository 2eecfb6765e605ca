/** 32 random bytes in the data folder, made once: names of users are derived with them, so that names tell nothing of keys. */
import { randomBytes } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { AccessError } from "./access-error.ts"

const length = 32

/** @param data Absent: for this process only. @throws AccessError when the file is damaged. */
export const saltIn = (data: string | undefined): Buffer => {
  if (data === undefined) return randomBytes(length)
  const path = join(data, "users.salt")
  const salt = kept(path) ?? keep(path, data)
  if (salt.length !== length)
    throw new AccessError(
      `${path} is damaged. Put it back from a backup, or remove it: users whose keys have no name then no longer see their old sessions`
    )
  return salt
}

const kept = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

/** Appears whole or not at all; of two processes that make one at the same time, both take the first. */
const keep = (path: string, folder: string): Buffer => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, randomBytes(length), { mode: 0o600 })
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  return readFileSync(path)
}

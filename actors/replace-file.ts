/** Writes a small file whole or not at all: beside its place, synced, then renamed over it. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { randomBytes } from "node:crypto"
import { dirname } from "node:path"

/**
 * Missing folders are made for the user alone. A symbolic link is followed, and an existing file keeps its mode, so that
 * configuration kept in a repository of dotfiles stays there.
 *
 * @param mode Of a file that is new.
 */
export const replaceFile = (path: string, text: string, mode = 0o600): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const old = statSync(path, { throwIfNoEntry: false })
  const target = old === undefined ? path : realpathSync(path)
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`
  try {
    const file = openSync(temporary, "wx", old === undefined ? mode : old.mode & 0o777)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

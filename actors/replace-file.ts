/** Writes a small file whole or not at all: beside its place, synced, then renamed over it. */
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { randomBytes } from "node:crypto"
import { dirname, resolve } from "node:path"

/**
 * Missing folders are made for the user alone. A symbolic link is followed, and an existing file keeps its mode, so that
 * configuration kept in a repository of dotfiles stays there.
 *
 * @param mode Of a file that is new.
 */
export const replaceFile = (path: string, text: string, mode = 0o600): void => {
  const old = statSync(path, { throwIfNoEntry: false })
  const target = old === undefined ? endOf(path) : realpathSync(path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
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

/** Where links lead, though there is nothing yet. */
const endOf = (path: string): string =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? endOf(resolve(realpathSync(dirname(path)), readlinkSync(path)))
    : path

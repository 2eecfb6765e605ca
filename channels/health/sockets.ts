/** Where running processes can be looked at: a socket each, named by its process id, in a folder only its user can enter. */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { folders, type Place } from "../../actors/folders.ts"

export interface Socket {
  readonly pid: number
  /** A path, or the name of a pipe under Windows. */
  readonly path: string
}

const isWindows = process.platform === "win32"

/** Windows keeps named pipes in a place of their own that everybody shares. */
const pipes = "\\\\.\\pipe\\"

/** In the order they are tried; who looks, looks into all: what is set here may not be set there, as under cron. */
export const socketFolders = (place: Place): ReadonlyArray<string> => {
  if (isWindows) return [pipes]
  const runtime = place.env.XDG_RUNTIME_DIR
  const kept = join(folders(place).state, "run")
  return runtime !== undefined && isAbsolute(runtime) ? [join(runtime, "kintsugi"), kept] : [kept]
}

export const socketIn = (folder: string, pid: number): Socket => ({
  pid,
  path: isWindows ? `${folder}kintsugi-${pid}` : join(folder, `${pid}.sock`)
})

/** Sockets that are there; whether somebody still listens, asking tells. */
export const socketsIn = (folder: string): ReadonlyArray<Socket> =>
  namesIn(folder).flatMap((name) => {
    const pid = (isWindows ? /^kintsugi-(\d+)$/ : /^(\d+)\.sock$/).exec(name)?.[1]
    return pid === undefined ? [] : [socketIn(folder, Number(pid))]
  })

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** @throws when the folder cannot be made, or is not ours alone and cannot become so. */
export const makePrivate = (folder: string): void => {
  if (isWindows) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of this user`)
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700)
}

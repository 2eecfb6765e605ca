/**
 * The file system as tools see it: confined by real path, blocked folders always closed, writes whole or not at all.
 *
 * Not covered: a hard link to an outside file that somebody else made inside, and a folder swapped for a link in the
 * instant between the check and the use (the last part of a path is opened without following links, so only parents).
 */
import { constants, type FileHandle, open, stat } from "node:fs/promises"
import { realpathSync } from "node:fs"
import { relative } from "node:path"
import { type FileInfo, type Files, PortError } from "../ports.ts"
import { writeAtomically } from "./atomic-write.ts"
import { absolute, codeOf, isInside, isMissing, realPath, withAncestors } from "./real-path.ts"
import { readThrough, type TextBuffers, writeThrough } from "./text-buffers.ts"

export interface FilesOptions {
  /** Absolute path of the working folder. */
  readonly cwd: string
  /** Folders or files in which all is allowed, in the forms a tool may use. */
  readonly allowed: ReadonlyArray<string>
  /** Folders or files that stay closed, wherever they lie. */
  readonly blocked: ReadonlyArray<string>
  /** Folders that may only be read, such as where long outputs are kept. */
  readonly readable?: ReadonlyArray<string>
  /** Asked for text files, once the path is found to be allowed. */
  readonly editor?: TextBuffers | undefined
}

/** Bytes of the largest file that is read into memory. */
const largest = 100 * 1024 * 1024

/** Names that differ in case only are one name there. */
const caseless = process.platform === "darwin" || process.platform === "win32"
const fold = (path: string): string => (caseless ? path.toLowerCase() : path)

export const files = ({ cwd, allowed, blocked, readable = [], editor }: FilesOptions): Files => {
  const realCwd = realpathSync(cwd)
  // Once, at the start: a root that is later swapped for a link must not carry the permission along.
  const writableRoots = Promise.all(allowed.map((root) => lead(root, cwd)))
  const readableRoots = Promise.all(readable.map((root) => lead(root, cwd)))

  const display = (path: string): string => {
    const full = absolute(path, cwd)
    const base = [realCwd, cwd].find((folder) => isInside(full, folder))
    return base === undefined ? full : relative(base, full) || "."
  }

  const confine = async (path: string, use: "read" | "write"): Promise<string> => {
    const real = await realPath(absolute(path, cwd)).catch((error: unknown) => fail(error, path))
    if (await isBlocked(real, blocked, cwd)) {
      throw new PortError(
        "permission_denied",
        `${path} is inside a blocked path (tools.blocked_paths) and stays closed`
      )
    }
    const roots = use === "read" ? [...(await writableRoots), ...(await readableRoots)] : await writableRoots
    if (roots.some((root) => isInside(real, root))) return real
    const leads = real === absolute(path, cwd) ? "is" : `leads to ${real}, which is`
    const advice = `use a path inside ${allowed.join(", ")}, or ask the user to add it to tools.allowed_paths`
    throw new PortError("permission_denied", `${path} ${leads} outside the allowed folders; ${advice}`)
  }

  return {
    resolve: (path) => confine(path, "read"),
    display,
    read: async (path) => {
      const real = await confine(path, "read")
      const bytes = await slurp(real, display(real)).catch((error: unknown) => fail(error, display(real)))
      return editor === undefined ? bytes : readThrough(editor, real, bytes)
    },
    write: async (path, data) => {
      const real = await confine(path, "write")
      if (editor !== undefined && (await writeThrough(editor, real, data))) return
      await writeAtomically(real, Buffer.from(data)).catch((error: unknown) => fail(error, display(real)))
    },
    stat: async (path) => {
      const real = await confine(path, "read")
      return look(real).catch((error: unknown) => (isMissing(error) ? undefined : fail(error, display(real))))
    }
  }
}

/** Where a configured path leads. One that cannot be followed counts as written: links in it lead nowhere then. */
const lead = (path: string, cwd: string): Promise<string> =>
  realPath(absolute(path, cwd)).catch(() => absolute(path, cwd))

/**
 * By name and by identity: device and inode see through another spelling of the same name and through bind mounts.
 * Looked up at each call, because a blocked path may come into being, or become a link, later.
 */
export const isBlocked = async (real: string, blocked: ReadonlyArray<string>, cwd: string): Promise<boolean> => {
  if (blocked.length === 0) return false
  const closed = [
    ...blocked.map((path) => absolute(path, cwd)),
    ...(await Promise.all(blocked.map((path) => lead(path, cwd))))
  ]
  if (closed.some((path) => isInside(fold(real), fold(path)))) return true
  const identities = new Set(await Promise.all(closed.map(identity)))
  identities.delete(undefined)
  const passed = await Promise.all(withAncestors(real).map(identity))
  return passed.some((one) => identities.has(one))
}

const identity = async (path: string): Promise<string | undefined> => {
  const info = await stat(path, { bigint: true }).catch(() => undefined)
  return info && `${info.dev}:${info.ino}`
}

/** Opened without waiting (a pipe would) and without following a link that was put there after the check. */
const slurp = async (real: string, shown: string): Promise<Uint8Array> => {
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    await checkReadable(file, shown)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const checkReadable = async (file: FileHandle, shown: string): Promise<void> => {
  const info = await file.stat()
  if (info.isDirectory()) throw new PortError("invalid_arguments", `${shown} is a folder, not a file`)
  if (!info.isFile()) throw new PortError("invalid_arguments", `${shown} is a device, pipe or socket, not a file`)
  if (info.size <= largest) return
  const size = `${shown} is too large to read (${Math.round(info.size / 1e6)} MB, at most ${Math.round(largest / 1e6)})`
  throw new PortError("invalid_arguments", `${size}; take the part you need with grep or a shell command`)
}

const look = async (real: string): Promise<FileInfo> => {
  const info = await stat(real)
  return {
    kind: info.isFile() ? "file" : info.isDirectory() ? "folder" : "other",
    size: info.size,
    changedAt: Math.max(info.mtimeMs, info.ctimeMs)
  }
}

const denied = "the system refuses it to this user; check its owner and mode"

/** The system's codes as what a model can act on. */
const meanings: Readonly<Record<string, readonly [PortError["kind"], string]>> = {
  ENOENT: ["not_found", "does not exist"],
  ENOTDIR: ["not_found", "does not exist: a part of the path is a file, not a folder"],
  EACCES: ["permission_denied", denied],
  EPERM: ["permission_denied", denied],
  EROFS: ["permission_denied", "lies on a read-only file system"],
  ELOOP: ["invalid_arguments", "is a link that leads in a circle, or became a link while it was opened"],
  EISDIR: ["invalid_arguments", "is a folder, not a file"],
  EEXIST: ["invalid_arguments", "needs a folder where a file stands"],
  ENAMETOOLONG: ["invalid_arguments", "has a longer name than the file system takes"],
  ENOSPC: ["execution_error", "does not fit: the disk is full"]
}

const fail = (error: unknown, shown: string): never => {
  if (error instanceof PortError) throw error
  const [kind, meaning] = meanings[codeOf(error) ?? ""] ?? ["execution_error", `failed: ${String(error)}`]
  throw new PortError(kind, `${shown}: ${meaning}`, { cause: error })
}

/**
 * The standing instructions for an agent: AGENTS.md (else CLAUDE.md) of the user and of each folder from the
 * repository's root down to the working folder. What is nearest comes last, so that it has the last word.
 */
import { constants } from "node:fs"
import { lstat, open, realpath } from "node:fs/promises"
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path"

export interface ContextFile {
  /** Absolute, as it was found; links are not followed in it. */
  readonly path: string
  /** Without byte order mark, with `\n` at the ends of lines. */
  readonly text: string
}

export interface ContextFiles {
  readonly files: ReadonlyArray<ContextFile>
  /** What was left out or cut and why, a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

export interface ContextOptions {
  readonly cwd: string
  /** The user's home folder; the configuration lies in `$XDG_CONFIG_HOME`, by default `.config` in it. */
  readonly home: string
  /** Of all files together; the nearest are kept whole the longest. Default 40 000, about 10 000 tokens. */
  readonly maxCharacters?: number
  /** Default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Never throws: what cannot be read is left out, with a notice. */
export const loadContextFiles = async ({
  cwd,
  home,
  maxCharacters = 40_000,
  env = process.env
}: ContextOptions): Promise<ContextFiles> => {
  const folder = resolve(cwd)
  const root = await rootOf(folder)
  const limit = Number.isNaN(maxCharacters) ? 0 : Math.max(0, Math.floor(maxCharacters))
  const looks = [
    await look([join(configFolder(home, env.XDG_CONFIG_HOME), "kintsugi", "AGENTS.md")], undefined, limit),
    ...(await Promise.all(
      foldersBetween(root, folder).map((one) => look([join(one, "AGENTS.md"), join(one, "CLAUDE.md")], root, limit))
    ))
  ]
  const found = looks.flatMap((one) => (typeof one === "object" ? [one] : []))
  const unique = found.filter((one, at) => found.findIndex((other) => other.real === one.real) === at)
  const { files, notices } = fit(unique, limit)
  return { files, notices: [...looks.filter((one) => typeof one === "string"), ...notices] }
}

/** @param configured `$XDG_CONFIG_HOME`; its specification says that a relative one is to be ignored. */
const configFolder = (home: string, configured = ""): string =>
  isAbsolute(configured) ? configured : join(resolve(home), ".config")

/** The nearest folder upward with a `.git` (a folder, or a file in worktrees and submodules); without one, the folder itself. */
const rootOf = async (folder: string): Promise<string> => {
  for (let one = folder; ; one = dirname(one)) {
    const git = await lstat(join(one, ".git")).catch(() => undefined)
    if (git !== undefined) return one
    if (dirname(one) === one) return folder
  }
}

const foldersBetween = (root: string, folder: string): ReadonlyArray<string> =>
  folder === root ? [root] : [...foldersBetween(root, dirname(folder)), folder]

interface Found extends ContextFile {
  readonly real: string
  /** Bytes of the file when not all of it was read. */
  readonly cutFrom?: number
}

/**
 * Reads the first of these paths that exists.
 *
 * @param inside Folder that the file must really lie in: a repository that somebody else made may link to your keys.
 * @returns a notice when it cannot be used.
 */
const look = async (
  paths: ReadonlyArray<string>,
  inside: string | undefined,
  limit: number
): Promise<Found | string | undefined> => {
  for (const path of paths) {
    const exists = await lstat(path).catch(() => undefined)
    if (exists !== undefined)
      return readContext(path, inside, limit).catch((error: unknown) => `${path} was left out: ${reason(error)}`)
  }
  return undefined
}

const reason = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ELOOP") return "its symbolic links go in a circle"
  if (code === "ENOENT") return "it is a symbolic link that leads nowhere"
  if (code === "EACCES" || code === "EPERM") return "there is no permission to read it"
  return error instanceof Error ? error.message : "it cannot be read"
}

const readContext = async (path: string, inside: string | undefined, limit: number): Promise<Found | string> => {
  const real = await realpath(path)
  if (inside !== undefined && leads(real, await realpath(inside)))
    return `${path} was left out: it is a link to ${real}, outside the project`
  // Not waiting for a writer, should it be a pipe.
  await using file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK)
  const { size } = await file.stat().then((info) => (info.isFile() ? info : { size: -1 }))
  if (size < 0) return `${path} was left out: it is not a file`
  // A character is at most four bytes in UTF-8; whoever has more bytes than that is cut anyway.
  const wanted = Math.min(size, 4 * limit + 4)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, 0)
  const text = decode(buffer.subarray(0, bytesRead), wanted < size)
  if (text === undefined) return `${path} was left out: it is not a text in UTF-8`
  return { path, real, text, ...(wanted < size ? { cutFrom: size } : {}) }
}

const leads = (real: string, folder: string): boolean => {
  const way = relative(folder, real)
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)
}

/** @returns `undefined` for what is no text. */
const decode = (bytes: Uint8Array, cut: boolean): string | undefined => {
  try {
    const wide = bytes[0] === 0xff && bytes[1] === 0xfe
    // A decoder takes the byte order mark away. When the end is missing, half a character there is no fault.
    const text = new TextDecoder(wide ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes, { stream: cut })
    return text.includes("\0") ? undefined : text.replace(/\r\n?/g, "\n")
  } catch {
    return undefined
  }
}

/** Keeps as many characters as allowed, those of the last files first. */
const fit = (found: ReadonlyArray<Found>, limit: number): ContextFiles => {
  const files: Array<ContextFile> = []
  const notices: Array<string> = []
  let left = limit
  for (const { path, text, cutFrom } of found.filter((one) => one.text.trim() !== "").toReversed()) {
    const kept = cutFrom === undefined && text.length <= left ? text : head(text, left)
    left -= kept.length
    if (kept !== "") files.unshift({ path, text: kept })
    if (kept === text && cutFrom === undefined) continue
    const size = cutFrom === undefined ? `${text.length} characters` : `${cutFrom} bytes`
    const loss = kept === "" ? `${path} was left out` : `${path} was cut to its first ${kept.length} characters`
    notices.unshift(`${loss}: with ${size} it does not fit into the ${limit} characters for context files`)
  }
  return { files, notices }
}

const mark = "\n[cut here; read the file for the rest]\n"

/** The beginning up to a line's end where there is one, with a note that there is more; never half a character. */
const head = (text: string, length: number): string => {
  if (length <= mark.length) return ""
  const cut = text.slice(0, length - mark.length)
  const line = cut.lastIndexOf("\n")
  return (line > cut.length / 2 ? cut.slice(0, line) : cut.replace(/[\uD800-\uDBFF]$/, "")) + mark
}

/**
 * The bytes of a SKILL.md as text. Read at once and not through promises: of hundreds of small files the beginning is wanted, and
 * a promise for each step takes longer than the step.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from "node:fs"
import { basename } from "node:path"
import { isInside } from "../plugins/ports/real-path.ts"

export interface SkillFile {
  /** Without byte order mark, with `\n` at the ends of lines. */
  readonly text: string
  readonly warnings: ReadonlyArray<string>
  /** It began with a byte order mark. */
  readonly marked: boolean
  /** Bytes that were not read. */
  readonly left: number
}

/** What tells that a file is the same as before. */
export type Mark = string

/** Bytes in which nearly all frontmatter ends; when it does not, the whole file is read. */
const beginning = 4_096
/** Bytes of the longest frontmatter, and of a text that is given to a model. */
const most = 262_144

export interface ReadFile {
  readonly path: string
  /** Folder out of which it may only be a link to one of its kind. */
  readonly within: string | undefined
  /** Whether a real path outside of that folder is of its kind; default: another SKILL.md. */
  readonly akin?: (real: string) => boolean
  /** Not only the beginning. */
  readonly whole: boolean
  /** Called first; when it knows the file as it is now, the file is not read and nothing comes back. */
  readonly known?: (mark: Mark) => boolean
}

/** @returns why it cannot be read; `undefined` when it is known. */
export const readSkillFile = ({
  path,
  within,
  akin = isSkill,
  whole,
  known
}: ReadFile): SkillFile | string | undefined => {
  try {
    const stranger = within === undefined ? undefined : leavingLink(path, within, akin)
    if (stranger !== undefined) return `it is a link to ${stranger}, outside the project`
    return readHere(path, whole, known)
  } catch (error) {
    return reasonOf(error)
  }
}

const leavingLink = (path: string, within: string, akin: (real: string) => boolean): string | undefined => {
  if (!lstatSync(path).isSymbolicLink()) return undefined
  const real = realpathSync(path)
  return akin(real) || isInside(real, realpathSync(within)) ? undefined : real
}

const isSkill = (real: string): boolean => isSkillFile(basename(real))

export const isSkillFile = (name: string): boolean => /^skill\.md$/i.test(name)

const readHere = (path: string, whole: boolean, known: ReadFile["known"]): SkillFile | string | undefined => {
  // Not waiting for a writer, should it be a pipe.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) return "it is no file"
    if (known?.(`${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`) === true) return undefined
    return decoded(bytesOf(file, Math.min(stat.size, whole ? most : beginning)), stat.size)
  } finally {
    closeSync(file)
  }
}

const bytesOf = (file: number, length: number): Buffer => {
  const buffer = Buffer.allocUnsafe(length)
  let end = 0
  // A file on a network may come in pieces.
  for (let read = -1; end < length && read !== 0; end += read) read = readSync(file, buffer, end, length - end, end)
  return buffer.subarray(0, end)
}

/** @param size Of the file whose beginning the bytes are. */
export const decoded = (bytes: Buffer, size: number): SkillFile | string => {
  const [first, second] = bytes
  const wide =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : undefined
  const whole = wide === undefined ? bytes.toString("utf8") : new TextDecoder(wide).decode(bytes)
  // Of the last character the end may be missing.
  const read = bytes.length < size ? whole.replace(/\uFFFD+$/, "") : whole
  const text = read.replace(/^\uFEFF/, "")
  if (text.includes("\0")) return "it is no text"
  const warnings = text.includes("\uFFFD") ? ["it is not all UTF-8: what is none is shown as \uFFFD"] : []
  return {
    text: text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text,
    warnings,
    marked: wide !== undefined || text !== read,
    left: Math.max(0, size - bytes.length)
  }
}

export const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ELOOP") return "its symbolic links go in a circle"
  if (code === "ENOENT") return "it is a symbolic link that leads nowhere"
  if (code === "EACCES" || code === "EPERM") return "there is no permission to read it"
  if (code === "ENOTDIR") return "it is no folder"
  return error instanceof Error ? error.message : "it cannot be read"
}

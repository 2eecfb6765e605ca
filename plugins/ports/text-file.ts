/** A text that people wrote for an agent, read with care: bounded, in UTF-8, no pipe, not through a link out of its folder. */
import { constants } from "node:fs"
import { lstat, open, realpath } from "node:fs/promises"
import { isInside } from "./real-path.ts"

export interface TextFile {
  /** Absolute, as it was found; links are not followed in it. */
  readonly path: string
  /** Every link followed. */
  readonly real: string
  /** Without byte order mark, with `\n` at the ends of lines. */
  readonly text: string
  /** Bytes of the file when not all of it was read. */
  readonly cutFrom?: number
}

/** Why the file that a path really leads to is not to be read, for people; `undefined`: it may be. */
export type Refusal = (real: string) => string | undefined | Promise<string | undefined>

/** @returns what it says; a notice for people when it cannot be used; `undefined` when there is none. */
export const textAt = async (path: string, refusal: Refusal, limit: number): Promise<TextFile | string | undefined> => {
  if ((await lstat(path).catch(() => undefined)) === undefined) return undefined
  return readText(path, refusal, limit).catch((error: unknown) => `${path} was left out: ${reason(error)}`)
}

/**
 * Reads the first of these paths that exists.
 *
 * @param inside Folder that the file must really lie in: a repository that somebody else made may link to your keys.
 * @param limit Characters that are wanted.
 * @returns a notice for people when it cannot be used; `undefined` when there is none.
 */
export const firstText = async (
  paths: ReadonlyArray<string>,
  inside: string | undefined,
  limit: number
): Promise<TextFile | string | undefined> => {
  const base = inside === undefined ? undefined : await realpath(inside).catch(() => inside)
  const refusal: Refusal = (real) => (base === undefined || isInside(real, base) ? undefined : outside(real))
  for (const path of paths) {
    const found = await textAt(path, refusal, limit)
    if (found !== undefined) return found
  }
  return undefined
}

export const outside = (real: string): string => `it is a link to ${real}, outside the project`

const reason = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ELOOP") return "its symbolic links go in a circle"
  if (code === "ENOENT") return "it is a symbolic link that leads nowhere"
  if (code === "EACCES" || code === "EPERM") return "there is no permission to read it"
  return error instanceof Error ? error.message : "it cannot be read"
}

const readText = async (path: string, refusal: Refusal, limit: number): Promise<TextFile | string> => {
  const real = await realpath(path)
  const why = await refusal(real)
  if (why !== undefined) return `${path} was left out: ${why}`
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

/** A file's name in a text that others read: whoever named it writes nothing with it. */
export const plainName = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?")

const mark = "\n[cut here; read the file for the rest]\n"

/** The beginning up to a line's end where there is one, with a note that there is more; never half a character. */
export const beginning = (text: string, length: number): string => {
  if (length <= mark.length) return ""
  const cut = text.slice(0, length - mark.length)
  const line = cut.lastIndexOf("\n")
  return (line > cut.length / 2 ? cut.slice(0, line) : cut.replace(/[\uD800-\uDBFF]$/, "")) + mark
}

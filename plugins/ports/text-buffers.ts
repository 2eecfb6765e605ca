/** Text files as an editor holds them, changes that nobody saved included, between tools and the disk. */
import { access, constants, readFile, stat } from "node:fs/promises"

/** An editor. Whoever calls it has checked that the path may be used. */
export interface TextBuffers {
  /** @param path Real and absolute. @returns `undefined` when the disk is to be read. Never rejects. */
  readonly read?: (path: string) => Promise<string | undefined>
  /** @param path Real and absolute. @returns whether it was written, and saved as far as the editor says. Never rejects. */
  readonly write?: (path: string, text: string) => Promise<boolean>
}

/** Bytes of the largest file that goes through an editor. */
const largest = 4_000_000

/**
 * What an editor holds of a file, as its bytes would be on disk.
 *
 * @param bytes What the disk holds of it. What is no text is not asked for.
 */
export const readThrough = async (editor: TextBuffers, path: string, bytes: Uint8Array): Promise<Uint8Array> => {
  const saved = textOf(bytes)
  const held = saved === undefined ? undefined : await editor.read?.(path)
  return saved === undefined || held === undefined || held.includes("\0") ? bytes : Buffer.from(like(saved, held))
}

/**
 * Has an editor write a file.
 *
 * @returns whether the disk holds it now, as the editor has formatted it. Otherwise it is for the caller to write: an editor that
 *   keeps it unsaved would leave commands with the old text.
 */
export const writeThrough = async (editor: TextBuffers, path: string, data: string | Uint8Array): Promise<boolean> => {
  const text = typeof data === "string" ? data : textOf(data)
  if (editor.write === undefined || text === undefined || text.length > largest) return false
  const before = await onDisk(path)
  if (before === "other") return false
  const held = before === undefined ? undefined : await editor.read?.(path)
  if (!(await editor.write(path, spelled(text, before, held)))) return false
  const after = await onDisk(path)
  if (after === text) return true
  if (after === before || after === undefined || after === "other") return false
  return unified(after) !== unified(text)
}

/** The text of a regular file that may be written; `other`: there is something else. */
const onDisk = async (path: string): Promise<string | "other" | undefined> => {
  try {
    const info = await stat(path)
    if (!info.isFile() || info.size > largest) return "other"
    await access(path, constants.W_OK)
    return textOf(await readFile(path)) ?? "other"
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? undefined : "other"
  }
}

const mark = "\uFEFF"

/** With its byte order mark. @returns `undefined` for what is no text. */
const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.length > largest || bytes.includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const isWide = (text: string): boolean => text.includes("\r\n") && !/(^|[^\r])\n/.test(text)

const unified = (text: string): string => text.replaceAll("\r\n", "\n").replace(/^\uFEFF/, "")

/** Editors drop a byte order mark and the ends of lines when they load a file, and bring them back when they save it. */
const like = (saved: string, held: string): string => {
  const marked = saved.startsWith(mark) && !held.startsWith(mark) ? mark + held : held
  return isWide(saved) && !held.includes("\r") ? marked.replaceAll("\n", "\r\n") : marked
}

/** As the editor spells what it holds. */
const spelled = (text: string, before: string | undefined, held: string | undefined): string => {
  if (before === undefined || held === undefined) return text
  const unmarked = before.startsWith(mark) && !held.startsWith(mark) ? text.replace(/^\uFEFF/, "") : text
  return isWide(before) && !held.includes("\r") ? unmarked.replaceAll("\r\n", "\n") : unmarked
}

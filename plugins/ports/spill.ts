/** Keeps a whole text: in memory while it is short, then in a file that is made only when it is needed. */
import { randomUUID } from "node:crypto"
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Spill {
  readonly push: (text: string) => void
  /** Path of the file, when there is one. */
  readonly file: () => string | undefined
  /** Why the file does not hold everything. */
  readonly trouble: () => string | undefined
  readonly close: () => void
}

/** Bytes of the largest file; what comes after is lost. */
const largestSpill = 64 * 1024 * 1024

/**
 * @param folder Made when needed, for this user only.
 * @param limit Characters kept in memory before the file is made.
 */
export const spill = (folder: string, limit: number): Spill => {
  let early = ""
  let file: { readonly path: string; readonly descriptor: number } | undefined
  let written = 0
  let trouble: string | undefined
  let closed = false

  const write = (text: string): void => {
    file ??= create(folder)
    const bytes = Buffer.from(text)
    const room = largestSpill - written
    // Synchronous on purpose: no queue can grow, and the program that prints waits meanwhile.
    writeFileSync(file.descriptor, bytes.subarray(0, room))
    written += Math.min(room, bytes.length)
    if (bytes.length <= room) return
    trouble = `only the first ${largestSpill / 1024 / 1024} MiB were kept`
    writeFileSync(file.descriptor, `\n[cut here: ${trouble}]\n`)
  }

  return {
    push: (text) => {
      if (trouble !== undefined || closed) return
      early += text
      if (file === undefined && early.length <= limit) return
      const due = early
      early = ""
      try {
        write(due)
      } catch (error) {
        trouble = `not all of it could be kept: ${error instanceof Error ? error.message : String(error)}`
      }
    },
    file: () => file?.path,
    trouble: () => trouble,
    close: () => {
      if (file !== undefined && !closed) closeSync(file.descriptor)
      early = ""
      closed = true
    }
  }
}

const create = (folder: string) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `output-${randomUUID().slice(0, 13)}.txt`)
  return { path, descriptor: openSync(path, "wx", 0o600) }
}

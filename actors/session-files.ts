/**
 * Files that a session's user and its agent give each other. Each is a copy in the session's own output folder, so that whoever
 * comes later gets the same bytes; it goes when the session is deleted.
 */
import { randomUUID } from "node:crypto"
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { mimeOf } from "../plugins/builtin/mime.ts"
import type { Keep } from "../plugins/builtin/send-file.ts"
import type { Answer, SentFile } from "../plugins/tool.ts"
import { fileName, withNumber } from "../plugins/ports/file-name.ts"

/** Bytes of one file, files in each direction, and bytes of them together. */
export const fileLimits = { bytes: 10 * 1024 * 1024, count: 200, total: 500 * 1024 * 1024 } as const

export class FilesError extends Error {
  override readonly name = "FilesError"
  readonly kind: "too_large" | "too_many" | "not_found" | "unavailable"
  constructor(kind: FilesError["kind"], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** A file that the agent can read. */
export interface StoredFile {
  /** Absolute. */
  readonly path: string
  /** As it is stored, which may be less than what was asked for. */
  readonly name: string
  readonly mime: string
  /** Bytes. */
  readonly size: number
}

export interface SessionFiles {
  /**
   * Keeps what the user gives where the agent's tools may read it; no file that is there is replaced.
   * @param name For people: whatever of it could lead elsewhere is left out. @throws FilesError (as a rejection)
   */
  readonly put: (name: string, mime: string, bytes: Uint8Array) => Promise<StoredFile>
  /** What the agent sent. @param id Of `Answer.sent`. @throws FilesError (as a rejection) `not_found` for what was not sent in this session. */
  readonly get: (id: string) => Promise<{ readonly name: string; readonly mime: string; readonly bytes: Uint8Array }>
}

/** @param folder The session's own; made when needed, for this user only. */
export const sessionFiles = (folder: string): SessionFiles & { readonly keep: Keep } => {
  const received = join(folder, receivedIn)
  const sent = join(folder, "sent")
  /** One after another, so that the limits hold. */
  let before: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const now = before.then(act)
    before = now.catch(() => undefined)
    return now.catch((error: unknown) => {
      throw error instanceof FilesError ? error : unavailable(error)
    })
  }
  return {
    put: (name, mime, bytes) =>
      inTurn(async () => {
        await checkRoom(received, bytes.length)
        const stored = await create(received, fileName(name), bytes)
        return { ...stored, mime, size: bytes.length }
      }),
    keep: (name, bytes) =>
      inTurn(async () => {
        await checkRoom(sent, bytes.length)
        const id = randomUUID()
        const stored = await create(join(sent, id), fileName(name), bytes)
        return { id, name: stored.name, mime: mimeOf(stored.name, bytes), size: bytes.length }
      }),
    get: async (id) => {
      const [name] = isId(id) ? await readdir(join(sent, id)).catch(() => []) : []
      const bytes = name === undefined ? undefined : await readFile(join(sent, id, name)).catch(() => undefined)
      if (name === undefined || bytes === undefined)
        throw new FilesError("not_found", "No such file was sent in this session, or it was deleted.")
      return { name, mime: mimeOf(name, bytes), bytes }
    }
  }
}

/** What the user gave, within a session's output folder. */
export const receivedIn = "received"

const isId = (id: unknown): id is string => typeof id === "string" && /^[0-9a-f-]{36}$/.test(id)

/** The file that an answer came with, as far as it says so in the form it must have: answers come from plugins. */
export const sentIn = ({ sent }: Answer): SentFile | undefined =>
  isRecord(sent) &&
  isId(sent.id) &&
  typeof sent.name === "string" &&
  typeof sent.mime === "string" &&
  Number.isSafeInteger(sent.size)
    ? sent
    : undefined

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const unavailable = (error: unknown): FilesError =>
  new FilesError("unavailable", `The file cannot be kept: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error
  })

/** @throws FilesError when it is too large, or there are too many already. */
const checkRoom = async (folder: string, size: number): Promise<void> => {
  const { bytes, count, total } = fileLimits
  if (size > bytes)
    throw new FilesError("too_large", `A file may have at most ${mega(bytes)}; this one has ${mega(size)}.`)
  const sizes = await sizesIn(folder)
  const sum = sizes.reduce((all, one) => all + one, size)
  if (sizes.length < count && sum <= total) return
  throw new FilesError(
    "too_many",
    `A session keeps at most ${count} files and ${mega(total)} in each direction; begin another.`
  )
}

const sizesIn = async (folder: string): Promise<ReadonlyArray<number>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))
}

const mega = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, "")} MiB`

/** Under the first name that is free; on disk when it resolves. */
const create = async (
  folder: string,
  name: string,
  bytes: Uint8Array
): Promise<{ readonly path: string; readonly name: string }> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let nth = 1; ; nth += 1) {
    const free = withNumber(name, nth)
    const path = join(folder, free)
    // Never over a file, and never through a link.
    const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" && nth <= fileLimits.count) return undefined
      throw error
    })
    if (file === undefined) continue
    try {
      await file.writeFile(bytes)
      await file.sync()
      return { path, name: free }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
  }
}

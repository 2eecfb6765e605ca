/**
 * The conversation of a session as a file that hooks may read: a line a message, in the shape of Claude Code's transcripts. It lies in a
 * private folder and is gone with the session; what was said before the session went on is not in it.
 */
import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { appendFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { guardFolder } from "../ports/watchdog.ts"
import type { Fields } from "./fields.ts"

export interface Transcript {
  /** Absolute. */
  readonly path: string
  /** Written in order; nobody waits. */
  readonly add: (role: "user" | "assistant", content: string | ReadonlyArray<Fields>) => void
  /** Resolves when all is written, or cannot be. */
  readonly written: () => Promise<void>
  readonly remove: () => Promise<void>
}

/** Of all sessions of this process; gone with it, however it ends. */
let folder: string | undefined

const folderOfAll = (): string =>
  (folder ??= guardFolder(mkdtempSync(join(tmpdir(), "kintsugi-hooks-")), () => (folder = undefined)))

/** @throws when there is no room for it. */
export const openTranscript = (session: string, cwd: string): Transcript => {
  const path = join(folderOfAll(), `${session.replace(/[^\w-]/g, "_")}-${randomUUID().slice(0, 8)}.jsonl`)
  let last: string | null = null
  let writing = appendFile(path, "", { mode: 0o600 }).catch(() => {})
  const add: Transcript["add"] = (role, content) => {
    const uuid = randomUUID()
    const line = {
      type: role,
      message: { role, content },
      uuid,
      parentUuid: last,
      sessionId: session,
      cwd,
      timestamp: new Date().toISOString()
    }
    last = uuid
    writing = writing.then(() => appendFile(path, `${JSON.stringify(line)}\n`)).catch(() => {})
  }
  return {
    path,
    add,
    written: () => writing,
    remove: async () => {
      await writing.catch(() => {})
      await rm(path, { force: true })
    }
  }
}

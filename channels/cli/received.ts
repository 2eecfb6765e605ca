/** Files that an agent at a server sends: kept in a folder for them, under names that harm nothing. */
import { mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { filter, type Observable, Subject, type Unsubscribable } from "rxjs"
import { fileName, withNumber } from "../../plugins/ports/file-name.ts"
import { type SessionFiles, sentIn } from "../../actors/session-files.ts"
import type { AgentNotice } from "../../machines/events.ts"
import { printable } from "./printable.ts"

export interface Received {
  /** What is told of each file. */
  readonly told: Observable<string>
  readonly follow: (session: {
    readonly events: Observable<AgentNotice>
    readonly files: SessionFiles
  }) => Unsubscribable
}

/** @param folder Absolute; made with the first file. */
export const receivedIn = (folder: string): Received => {
  const told = new Subject<string>()
  const keep = async (id: string, files: SessionFiles): Promise<void> => {
    try {
      const { name, bytes } = await files.get(id)
      told.next(`The agent sent ${printable(name)}; it is in ${await write(folder, name, bytes)}`)
    } catch (error) {
      told.next(
        `A file that the agent sent could not be kept: ${error instanceof Error ? error.message : String(error)}`
      )
    }
  }
  return {
    told: told.asObservable(),
    follow: ({ events, files }) =>
      events.pipe(filter((notice) => notice.type === "agent.settled")).subscribe(({ answer }) => {
        const sent = sentIn(answer)
        if (sent !== undefined) void keep(sent.id, files)
      })
  }
}

/** Names with a number that are tried at most. */
const most = 1000

/** Under the first name that is free: never over a file, and never through a link. @returns its path. */
const write = async (folder: string, name: string, bytes: Uint8Array): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let nth = 1; ; nth++) {
    const path = join(folder, withNumber(fileName(name), nth))
    const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" && nth < most) return undefined
      throw error
    })
    if (file === undefined) continue
    await file.writeFile(bytes).finally(() => file.close())
    return path
  }
}

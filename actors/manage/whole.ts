/** What both kinds of stage need to change something whole or not at all: see stage.ts (npm projects) and folder-stage.ts (folders). */
import { readdir, rmdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { NotManaged } from "./not-managed.ts"

/** @param what Begins the message of a failure that does not say itself what to do. */
export const attempt = <A>(what: string, work: () => Promise<A>): Effect.Effect<A, NotManaged> =>
  Effect.tryPromise({
    try: work,
    catch: (error) =>
      error instanceof NotManaged
        ? error
        : new NotManaged({ message: `${what}: ${error instanceof Error ? error.message : String(error)}` })
  })

export const ifMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "ENOENT") throw error
}

/** Takes empty folders away, from `folder` up to the outermost one that was made. */
export const unmake = async (folder: string, made: string | undefined): Promise<void> => {
  if (made === undefined) return
  for (let at = folder; at.startsWith(made); at = dirname(at)) await rmdir(at)
}

/** Names of stages are `prefix`, the process that made them, and something random. */
export const stageName = (prefix: string): string => `${prefix}${process.pid}-`

/** Absolute paths of the stages in a folder whose processes were killed. */
export const abandoned = async (folder: string, prefix: string): Promise<ReadonlyArray<string>> =>
  (await readdir(folder))
    .filter((name) => {
      const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split("-")[0] : Number.NaN)
      return !Number.isNaN(pid) && !isAlive(pid)
    })
    .map((name) => join(folder, name))

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

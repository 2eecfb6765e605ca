/**
 * Which folders the user trusts: only there may a project's files redirect credentials, loosen limits or run code.
 *
 * One small file a folder, named for its real path, so that two processes never overwrite each other's decision and a
 * damaged file costs the trust of one folder. Trust is exact: a folder inside a trusted one has its own configuration
 * (a dependency, a clone) and needs a decision of its own.
 */
import { createHash } from "node:crypto"
import { readFileSync, realpathSync, rmSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { folders, type Place } from "./folders.ts"
import { replaceFile } from "./replace-file.ts"

export interface Trust {
  readonly isTrusted: (folder: string) => boolean
  /** What stands in the way of reading the decision for this folder, for people; absent when nothing does. */
  readonly problem: (folder: string) => string | undefined
  /** @returns the real path. @throws when it is not a folder. */
  readonly trust: (folder: string) => string
  /** @returns whether it was trusted before; a damaged decision counts. */
  readonly revoke: (folder: string) => boolean
}

/** `KINTSUGI_TRUST=1` trusts every folder: for machines, where no user is there to be asked. */
export const trustsAll = (env: Place["env"]): boolean => env.KINTSUGI_TRUST === "1"

export const openTrust = (place: Place): Trust => {
  const fileOf = (path: string): string =>
    join(folders(place).state, "trust", `${createHash("sha256").update(path).digest("hex").slice(0, 32)}.json`)

  const look = (folder: string): Decision => {
    const path = realPath(folder)
    return path === undefined ? { trusted: false } : readDecision(fileOf(path), path)
  }

  return {
    isTrusted: (folder) => trustsAll(place.env) || look(folder).trusted,
    problem: (folder) => (trustsAll(place.env) ? undefined : look(folder).problem),
    trust: (folder) => {
      const path = realPath(folder)
      if (path === undefined || !statSync(path).isDirectory()) throw new Error(`${folder} is not a folder`)
      replaceFile(fileOf(path), `${JSON.stringify({ folder: path, since: new Date().toISOString() })}\n`)
      return path
    },
    revoke: (folder) => {
      const file = fileOf(realPath(folder) ?? resolve(folder))
      const existed = statSync(file, { throwIfNoEntry: false }) !== undefined
      rmSync(file, { force: true })
      return existed
    }
  }
}

interface Decision {
  readonly trusted: boolean
  readonly problem?: string
}

const readDecision = (file: string, path: string): Decision => {
  try {
    const decision: unknown = JSON.parse(readFileSync(file, "utf8"))
    if (typeof decision === "object" && decision !== null && "folder" in decision && decision.folder === path) {
      return { trusted: true }
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { trusted: false }
  }
  return {
    trusted: false,
    problem: `${file} cannot be read as a decision about ${path}, so the folder is not trusted; run \`kintsugi trust\` in it to decide again`
  }
}

const realPath = (folder: string): string | undefined => {
  try {
    return realpathSync(folder)
  } catch {
    return undefined
  }
}

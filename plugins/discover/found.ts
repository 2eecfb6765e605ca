/** A plugin as it was found on disk, before any of its code has run. */
import { stripVTControlCharacters } from "node:util"

export type FoundTier = "local" | "global" | "npm"

export interface FoundPlugin {
  /** What it is called here. Of one that is broken perhaps only what its file is called. */
  readonly name: string
  readonly tier: FoundTier
  /** Absolute path of the file or folder that was found. */
  readonly path: string
  /** Absolute real path of its first module; absent when it is broken, and of one that brings no code. */
  readonly module?: string
  /** Name of the npm package. */
  readonly package?: string
  readonly version?: string
  readonly description?: string
  /** Hooks that its package.json says it has. */
  readonly hooks: ReadonlyArray<string>
  readonly state: "found" | "untrusted" | "broken"
  /** Why it is not run, in one line; empty when it is. */
  readonly reason: string
}

const pattern = /^[a-zA-Z0-9_-]{1,64}$/

/** Names and texts come from files of strangers: whoever shows them shall not have to think of that. */
export const sound = (found: FoundPlugin): FoundPlugin => {
  const { name, description, version } = found
  const shown: FoundPlugin = {
    ...found,
    reason: oneLine(found.reason, 400),
    ...(description === undefined ? {} : { description: oneLine(description, 200) }),
    ...(version === undefined ? {} : { version: oneLine(version, 60) })
  }
  if (pattern.test(name)) return shown
  const { module: _, ...rest } = shown
  const reason = `${JSON.stringify(oneLine(name, 80))} is no name for a plugin: 1 to 64 letters, digits, _ or -`
  return {
    ...rest,
    name: name.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, 64) || "_",
    state: "broken",
    reason: found.state === "broken" ? shown.reason : reason
  }
}

const oneLine = (text: string, length: number): string =>
  stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, length)
    .toWellFormed()

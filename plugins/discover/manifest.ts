/** `.claude-plugin/plugin.json`: what a plugin for Claude Code says of itself. */
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"

export const manifestFile = ".claude-plugin/plugin.json"

/** As it is written: whoever reads a field looks what it is. */
export type Manifest = Readonly<Record<string, unknown>>

/** Bytes; none is longer. */
const longest = 1_000_000

/** @returns `undefined` when there is none. @throws Error saying why it cannot be read. */
export const readManifest = (folder: string): Manifest | undefined => {
  const path = join(folder, manifestFile)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (!stat.isFile() || stat.size > longest)
    throw new Error(`${manifestFile} is not a file of at most ${longest} bytes`)
  const value = parsed(readFileSync(path, "utf8"))
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${manifestFile} is not an object`)
  return { ...value }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${manifestFile} is not JSON: ${why}`, { cause: error })
  }
}

/**
 * What it is called here: signs that our names have not become `-`.
 *
 * @throws Error when it may not be called so.
 */
export const nameIn = ({ name }: Manifest): string | undefined => {
  if (name === undefined) return undefined
  if (typeof name !== "string" || name === "") throw new Error(`name in ${manifestFile} must be a text`)
  // https://code.claude.com/docs/en/plugins/manifest-reference#name
  if (/[\s@:/\\\p{Cc}\p{Cf}]/u.test(name))
    throw new Error(
      `name in ${manifestFile} may have no blank, @, :, / or \\, got ${JSON.stringify(name.slice(0, 80))}`
    )
  return name.replace(/[^a-zA-Z0-9_-]+/g, "-")
}

export const textIn = (manifest: Manifest, key: string): string | undefined => {
  const value = manifest[key]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** Whether a plugin whose manifest cannot be read may have hooks that deny. */
export const guardsIn = (folder: string): boolean =>
  [manifestFile, "hooks/hooks.json"].some((name) => {
    try {
      const path = join(folder, name)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return false
      return !stat.isFile() || stat.size > longest || readFileSync(path, "utf8").includes("PreToolUse")
    } catch {
      return true
    }
  })

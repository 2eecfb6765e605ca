/** What the package.json of a plugin says of it. */
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"

export interface Package {
  /** As npm knows it. */
  readonly name: string | undefined
  readonly version: string | undefined
  readonly description: string | undefined
  /** `kintsugi.plugin`: path of its first module, from its folder. */
  readonly entry: string | undefined
  /** `kintsugi.name`, else the package's own without scope and prefix. */
  readonly called: string | undefined
  readonly hooks: ReadonlyArray<string>
  /** Names of the packages that it depends on. */
  readonly dependencies: ReadonlyArray<string>
}

/** Bytes; no package.json is longer, and what lies behind the name need not be a file. */
const limit = 1_000_000

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

/** @returns `undefined` when there is none. @throws Error saying why it cannot be read. */
export const readPackage = (folder: string): Package | undefined => {
  const path = join(folder, "package.json")
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (!stat.isFile() || stat.size > limit) throw new Error(`package.json is not a file of at most ${limit} bytes`)
  const fields = fieldsOf(parsed(readFileSync(path, "utf8")))
  const own = fieldsOf(fields.kintsugi)
  if (own.plugin !== undefined && textOf(own.plugin) === undefined)
    throw new Error("kintsugi.plugin in its package.json must be the path of a module")
  if (own.name !== undefined && textOf(own.name) === undefined)
    throw new Error("kintsugi.name in its package.json must be a text")
  const name = textOf(fields.name)
  return {
    name,
    version: textOf(fields.version),
    description: textOf(fields.description),
    entry: textOf(own.plugin),
    called: textOf(own.name) ?? name?.replace(/^@[^/]*\//, "").replace(/^kintsugi-plugin-/, ""),
    hooks: Array.isArray(own.hooks) ? own.hooks.filter((hook) => typeof hook === "string") : [],
    dependencies: Object.keys(fieldsOf(fields.dependencies))
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""))
  } catch (error) {
    throw new Error(`package.json is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error
    })
  }
}

/** A plugin's own files as they are loaded: with the texts that stand in place of some, and as what they are written as. */
import { readFileSync } from "node:fs"
import { type registerHooks, stripTypeScriptTypes } from "node:module"
import { sep } from "node:path"
import { compileFunction } from "node:vm"
import { ownerOf } from "./own-code.ts"

type Load = NonNullable<Parameters<typeof registerHooks>[0]["load"]>

/**
 * Lines and columns of a text are those of the errors that it throws.
 *
 * A file that is written as a module is one, whatever the nearest package.json says: that is often the project's around
 * it, which knows nothing of plugins and which the place may not even read.
 */
export const load: Load = (address, context, next) => {
  const owned = ownerOf(address)
  if (owned === undefined) return next(address, context)
  const { path, code } = owned
  const text = code.sources.get(path) ?? (isRefused(path) ? readFileSync(path, "utf8") : undefined)
  const kind = context.format?.startsWith("module") === true ? "module" : kindOf(path)
  if (text !== undefined) return { ...taken(text, formatOf(text, path, kind), address, path), shortCircuit: true }
  if (kind !== "either") return next(address, context)
  const own = readFileSync(path, "utf8")
  return isModule(own, path)
    ? { format: `module${suffix(path)}`, source: own, shortCircuit: true }
    : next(address, context)
}

/** What the ending of a file's name says of it; `undefined`: no code. */
const kindOf = (path: string): "module" | "commonjs" | "either" | undefined => {
  const [, kind] = /\.([cm]?)[jt]s$/.exec(path) ?? []
  return kind === undefined ? undefined : kind === "m" ? "module" : kind === "c" ? "commonjs" : "either"
}

const isTypeScript = (path: string): boolean => path.endsWith("ts")

/** Node takes no types away in there, and a plugin may be installed as it was written. */
const isRefused = (path: string): boolean => isTypeScript(path) && path.includes(`${sep}node_modules${sep}`)

const suffix = (path: string): string => (isTypeScript(path) ? "-typescript" : "")

const formatOf = (text: string, path: string, kind: ReturnType<typeof kindOf>): string => {
  if (kind === undefined) return path.endsWith(".json") ? "json" : "commonjs"
  const isOne = kind === "either" ? isModule(text, path) : kind === "module"
  return `${isOne ? "module" : "commonjs"}${suffix(path)}`
}

/** Parameters of the function that CommonJS makes of a file. */
const wrapper = ["exports", "require", "module", "__filename", "__dirname"]

/** What has the words of a module in it and, where that can be told without taking types away, is no CommonJS. */
const isModule = (text: string, path: string): boolean => {
  if (!/^\s*(import|export)\b(?!\s*\()|\bimport\.meta\b|^await\b/m.test(text)) return false
  if (isTypeScript(path)) return true
  try {
    compileFunction(text, wrapper)
    return false
  } catch {
    return true
  }
}

/** What Node refuses where it only takes types away. */
const unstrippable = /\b(enum|namespace|module|public|private|protected|readonly|override|import\s+\w+\s*=|export\s*=)/

interface Taken {
  readonly format: string
  readonly source: string
}

/** A text with TypeScript that is more than types is transformed; Node itself would refuse the file. */
const taken = (text: string, format: string, address: string, path: string): Taken => {
  const [plain = "", typescript] = format.split("-")
  if (typescript === undefined) return { format, source: text }
  if (!unstrippable.test(text) || isStrippable(text))
    return isRefused(path)
      ? { format: plain, source: quietly(() => stripTypeScriptTypes(text)) }
      : { format, source: text }
  // For the places in the errors that it throws.
  process.setSourceMapsEnabled(true)
  return { format: plain, source: transformed(text, address) }
}

const isStrippable = (text: string): boolean => {
  try {
    quietly(() => stripTypeScriptTypes(text))
    return true
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
  }
}

const transformed = (text: string, sourceUrl: string): string =>
  quietly(() => stripTypeScriptTypes(text, { mode: "transform", sourceMap: true, sourceUrl }))

/** Without the warning that it is experimental, which is ours to know and not the user's. */
const quietly = <A>(act: () => A): A => {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return act()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Where the two programs are: in packages that npm installs with this one, for the platform it runs on. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { PortError } from "kintsugi/plugin"

const require = createRequire(import.meta.url)
const suffix = process.platform === "win32" ? ".exe" : ""
const platform = `${process.platform}-${process.arch}`

/** ast-grep's names for platforms with which a C library or compiler comes along. */
const abi = process.platform === "linux" ? "-gnu" : process.platform === "win32" ? "-msvc" : ""

export interface Program {
  readonly name: string
  /** Absolute path; `undefined` when it was not installed. */
  readonly path: string | undefined
}

/** @param file The program in its platform's package. @param from Whence the package is seen. */
const find = (name: string, file: string, from: NodeJS.Require): Program => {
  try {
    const path = from.resolve(file + suffix)
    return { name, path: existsSync(path) ? path : undefined }
  } catch {
    return { name, path: undefined }
  }
}

/** Those of ripgrep are optional dependencies of its package, those of ast-grep our own. */
const ripgrepPackage = (): NodeJS.Require => {
  try {
    return createRequire(require.resolve("@vscode/ripgrep"))
  } catch {
    return require
  }
}

export const ripgrep = find("ripgrep", `@vscode/ripgrep-${platform}/bin/rg`, ripgrepPackage())

export const astGrep = find("ast-grep", `@ast-grep/cli-${platform}${abi}/ast-grep`, require)

/** Stands in for a project's own, which may name programs. Beside `dist`, and beside `src`. */
export const neutralConfig = fileURLToPath(new URL("../sgconfig.yml", import.meta.url))

/** @throws PortError `missing_dependency` with what to do. */
export const pathOf = ({ name, path }: Program): string => {
  if (path !== undefined) return path
  const why = `${name} was not installed for ${platform}: npm brings it as an optional dependency, unless it was told not to, or there is none`
  throw new PortError("missing_dependency", `${why}. Install kintsugi-plugin-grep again without --omit=optional`)
}

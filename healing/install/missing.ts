/** Which of a plugin's imports lead nowhere, and which of these a failure is about. */
import { statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Code } from "../code.ts"
import type { Failure } from "../failure.ts"
import { importsOf, packageOf } from "./imports.ts"

/** @param packages Absolute path of the plugin's private folder. */
export const missingFrom = (code: Code, packages: string): ReadonlyArray<string> => {
  const lost = importsOf(code).filter(({ name, file }) => !isThere(name, file, packages))
  return [...new Set(lost.map(({ name }) => name))]
}

/** As Node looks: in each `node_modules` from the file upward; and last in the private folder. */
const isThere = (name: string, file: string, packages: string): boolean => {
  for (let folder = dirname(file), below = ""; folder !== below; below = folder, folder = dirname(folder))
    if (basename(folder) !== "node_modules" && isFolder(join(folder, "node_modules", name))) return true
  return isFolder(join(packages, "node_modules", name))
}

/** Whatever the name is made of: one that no disk can hold is not there. */
const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * The name that the failure's text gives, cut to a package. It chooses among names that the source has given, and is
 * good for nothing else: whoever throws the error writes the text.
 *
 * @returns `undefined` when the text names nothing; empty when what it names can be no package.
 */
export const namedBy = ({ property, said }: Failure): string | undefined => {
  const name = property ?? /Cannot find (?:package|module) ["']([^"']*)["']/.exec(said)?.[1]
  return name === undefined ? undefined : (packageOf(name) ?? "")
}

/** Where a plugin's import of a file of its own leads. */
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Code } from "./code.ts"

export const isRelative = (specifier: string): boolean => /^(\.{1,2}(\/|$)|\/|file:)/.test(specifier)

/** The path that a relative specifier names, whether something is there or not. */
export const pathOf = (from: string, specifier: string): string | undefined => {
  if (!isRelative(specifier)) return undefined
  try {
    return specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(dirname(from), specifier)
  } catch {
    return undefined
  }
}

/** @returns the path of the plugin's own file that the specifier names exactly, `undefined` when there is none. */
export const ownModule = (code: Code, from: string, specifier: string): string | undefined => {
  const path = pathOf(from, specifier)
  return path !== undefined && code.read(path) !== undefined ? path : undefined
}

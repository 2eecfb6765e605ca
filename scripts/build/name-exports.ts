/** An esbuild plugin for packages that are imported when they are needed. */
import { readFileSync } from "node:fs"
import type { Plugin } from "esbuild"

/**
 * `const { Ajv } = await import("ajv")`: of a CommonJS package esbuild offers only `default` to a dynamic import. A module
 * between the two names what Node itself would offer. Of a package with modules esbuild takes those, and they name
 * their exports themselves.
 *
 * @param external Names of packages that stay outside.
 */
export const nameExports = (external: ReadonlyArray<string>): Plugin => ({
  name: "name-exports",
  setup: ({ onResolve, onLoad, resolve }) => {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const isOurs = kind === "dynamic-import" && !importer.includes("node_modules")
      if (pluginData === looking || !isOurs || path.startsWith("node:") || external.includes(path)) return undefined
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: looking })
      if (found.errors.length > 0 || found.external || isModule(found.path)) return found
      return { path, namespace: "package", pluginData: resolveDir }
    })
    onLoad({ filter: /./, namespace: "package" }, async ({ path, pluginData }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[\w$]+$/.test(name) && name !== "__esModule")
      return { contents: `export { ${names.join(", ")} } from ${JSON.stringify(path)}`, resolveDir: pluginData }
    })
  }
})

/** Marks a question of ours to esbuild, which asks us again. */
const looking = Symbol("looking")

const isModule = (file: string): boolean => /^\s*export\s*[{*]|^export\s/m.test(readFileSync(file, "utf8"))

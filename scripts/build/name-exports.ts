/** An esbuild plugin for packages that are imported when they are needed. */
import type { Plugin } from "esbuild"

/**
 * `const { Ajv } = await import("ajv")`: of a CommonJS package esbuild offers only `default` to a dynamic import. A module
 * between the two names what Node itself would offer.
 *
 * @param external Names of packages that stay outside.
 */
export const nameExports = (external: ReadonlyArray<string>): Plugin => ({
  name: "name-exports",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, importer, resolveDir }) => {
      const isOurs = kind === "dynamic-import" && !importer.includes("node_modules")
      if (!isOurs || path.startsWith("node:") || external.includes(path)) return undefined
      return { path, namespace: "package", pluginData: resolveDir }
    })
    onLoad({ filter: /./, namespace: "package" }, async ({ path, pluginData }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[\w$]+$/.test(name) && name !== "__esModule")
      return { contents: `export { ${names.join(", ")} } from ${JSON.stringify(path)}`, resolveDir: pluginData }
    })
  }
})

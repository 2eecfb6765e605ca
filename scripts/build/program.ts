/** dist/bin/: the command-line program as one minified bundle, in pieces that are loaded when they are needed. */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { build, type Metafile, type Plugin } from "esbuild"
import { inline } from "./assets.ts"

/** The first finds its binary beside itself; the second is a debugger that ink offers when DEV is set. */
const external = ["@vscode/ripgrep", "react-devtools-core"]

const inlineAssets: Plugin = {
  name: "inline-assets",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: inline(await readFile(path, "utf8"), (address) => readFileSync(join(dirname(path), address), "utf8")),
      loader: "ts"
    }))
  }
}

/**
 * `const { Ajv } = await import("ajv")`: of a CommonJS package esbuild offers only `default` to a dynamic import. A module
 * between the two names what Node itself would offer.
 */
const nameExports: Plugin = {
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
}

/** @returns what esbuild knows of the pieces: their sizes and where they come from. */
export const buildProgram = async (root: string): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { kintsugi: "channels/cli/bin.ts" },
    outdir: "dist/bin",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22.19",
    metafile: true,
    logLevel: "warning",
    // From the sources the terminal sets NODE_ENV itself; here it is known.
    logOverride: { "assign-to-define": "silent" },
    legalComments: "none",
    external,
    plugins: [inlineAssets, nameExports],
    // For Node this package names its CommonJS build, which does not tree-shake.
    alias: { rxjs: "./node_modules/rxjs/dist/esm/index.js" },
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    // CommonJS packages ask for Node's modules with require.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
    }
  })
  return metafile
}

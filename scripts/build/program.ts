/** dist/bin/: the command-line program as one minified bundle, in pieces that are loaded when they are needed. */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { build, type Metafile, type Plugin } from "esbuild"
import { inline } from "./assets.ts"
import { nameExports } from "./name-exports.ts"

/**
 * The first finds its binary beside itself; the second is a debugger that ink offers when DEV is set; the third is there only
 * when the user has installed it; the last bundles the web console where there is no build.
 */
const external = ["@vscode/ripgrep", "react-devtools-core", "google-auth-library", "esbuild"]

/** @param root What stays a file is read where the library has it: two folders up from dist/bin/chunks, as in the sources. */
const inlineAssets = (root: string): Plugin => ({
  name: "inline-assets",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: inline(
        await readFile(path, "utf8"),
        (address) => readFileSync(join(dirname(path), address), "utf8"),
        (address) => join("../..", relative(root, join(dirname(path), address)))
      ),
      loader: "ts"
    }))
  }
})

/** @returns what esbuild knows of the pieces: their sizes and where they come from. */
export const buildProgram = async (root: string, dist = "dist"): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { kintsugi: "channels/cli/bin.ts" },
    outdir: `${dist}/bin`,
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
    plugins: [inlineAssets(root), nameExports(external)],
    // For Node this package names its CommonJS build, which does not tree-shake.
    alias: { rxjs: "./node_modules/rxjs/dist/esm/index.js" },
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    // CommonJS packages ask for Node's modules with require.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
    }
  })
  for (const source of ["llm/catalog/catalog.ts", "skills/roots.ts"]) {
    const [piece] = Object.entries(metafile.outputs).find(([, { inputs }]) => source in inputs) ?? []
    if (!piece?.includes("/bin/chunks/")) throw new Error(`${source} is in ${piece}: its files would not be found`)
  }
  return metafile
}

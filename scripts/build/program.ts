/** dist/bin/: the command-line program as one minified bundle, in pieces that are loaded when they are needed. */
import { readFileSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { build, type Plugin } from "esbuild"
import { inline } from "./assets.ts"
import { gather, type Groups } from "./gather.ts"
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

/** What is loaded together: by every command, by every session, by those whose model speaks so. */
const groups: Groups = {
  command: ["channels/cli/main.ts", "channels/cli/quiet.ts"],
  session: ["channels/cli/runtime.ts", "actors/journal/sqlite-journal.ts", "skills/skills.ts"],
  run: ["channels/cli/run.ts"],
  "openai-chat": ["llm/dialects/openai-chat.ts", "llm/retry.ts"]
}

/** Needed before compiled code may be kept. */
const apart = ["actors/folders.ts"]

/** CommonJS packages ask for Node's modules with require. */
const banner =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'

const options = {
  minify: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  logLevel: "warning",
  legalComments: "none"
} as const

/** @returns the size of each file. */
export const buildProgram = async (root: string, dist = "dist"): Promise<ReadonlyArray<number>> => {
  const { metafile, outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: { kintsugi: "channels/cli/bin.ts" },
    outdir: `${dist}/bin`,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    // From the sources the terminal sets NODE_ENV itself; here it is known.
    logOverride: { "assign-to-define": "silent" },
    external,
    plugins: [inlineAssets(root), nameExports(external)],
    // For Node this package names its CommonJS build, which does not tree-shake.
    alias: { rxjs: "./node_modules/rxjs/dist/esm/index.js" },
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    banner: { js: banner }
  })
  const { outputs } = metafile
  for (const source of ["llm/catalog/catalog.ts", "skills/roots.ts"]) {
    const [piece] = Object.entries(outputs).find(([, { inputs }]) => source in inputs) ?? []
    if (!piece?.includes("/bin/chunks/")) throw new Error(`${source} is in ${piece}: its files would not be found`)
  }
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(root, path), text]))
  const entry = [...texts.keys()].find((path) => path.endsWith("/kintsugi.js")) ?? ""
  const files = await gather({ outputs, texts, entry, banner }, groups, apart, options)
  await mkdir(join(root, dirname(entry), "chunks"), { recursive: true })
  await Promise.all(Array.from(files, ([path, text]) => writeFile(join(root, path), text)))
  return Array.from(files.values(), (text) => Buffer.byteLength(text))
}

/** Where the files lie that a place needs to start: from the sources, in the published library, and from the program's bundle. */
import { createRequire } from "node:module"
import { dirname, extname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Provided } from "./frames.ts"

const own = fileURLToPath(import.meta.url)
/** `actors/hosts/` of the sources or of dist/, or `bin/chunks/` of dist/: each two levels below the same root. */
const root = join(dirname(own), "../..")
const isSource = extname(own) === ".ts"

/** First module of every place. The build makes it one file. */
export const entry = join(root, "actors/hosts", isSource ? "entry.ts" : "entry.js")

/** As the entry's own imports find them, so that there is one `PortError` in a place. */
const pluginModule = join(root, isSource ? "plugins/index.ts" : "actors/hosts/plugin.js")
const zod = createRequire(import.meta.url).resolve("zod/package.json")

export const provided: Provided = { plugin: pathToFileURL(pluginModule).href, zod: pathToFileURL(zod).href }

/** What a child must be able to read besides its plugin. */
export const entryFolders: ReadonlyArray<string> = isSource
  ? [
      "actors/hosts",
      "actors/store/stored-value.ts",
      "plugins",
      "healing/own-hook.ts",
      "healing/patch/refused.ts",
      "node_modules",
      "package.json"
    ].map((name) => join(root, name))
  : [join(root, "actors/hosts"), dirname(zod)]

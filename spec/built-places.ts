/**
 * Places start from the build of these sources, in a third of the time. In specs this stands for
 * `actors/hosts/entry-files.ts`; programs that they start from the sources are told with `fromBuild`. That places start
 * from the sources as well is seen in the victims of the containment matrix.
 */
import { realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { inject } from "vitest"
import type { Provided } from "../actors/hosts/frames.ts"

const built = realpathSync(join(dirname(inject("program")), "../actors/hosts"))
const zod = createRequire(import.meta.url).resolve("zod/package.json")

export const entry = join(built, "entry.js")
export const provided: Provided = {
  plugin: pathToFileURL(join(built, "plugin.js")).href,
  zod: pathToFileURL(zod).href
}
export const entryFolders: ReadonlyArray<string> = [built, dirname(zod)]

const source = Object.entries({ entry, provided, entryFolders })
  .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
  .join("\n")
const hook = `import { registerHooks } from "node:module"
registerHooks({ load: (url, context, next) => url.endsWith("/actors/hosts/entry-files.ts")
  ? { format: "module", source: ${JSON.stringify(source)}, shortCircuit: true } : next(url, context) })`

/** For Node's command line: the program that follows starts its places from the build, too. */
export const fromBuild = `--import=data:text/javascript,${encodeURIComponent(hook)}`

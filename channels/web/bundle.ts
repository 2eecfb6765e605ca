/** The console's script and styles, one file each, made from `client/` by esbuild: at the build, or from the sources on the first request. */
import { join } from "node:path"

export interface Bundle {
  readonly script: Uint8Array
  readonly styles: Uint8Array
}

const client = join(import.meta.dirname, "client")

/** @throws when the sources cannot be bundled. */
export const bundle = async (): Promise<Bundle> => {
  const { build } = await import("esbuild")
  const { outputFiles } = await build({
    absWorkingDir: client,
    entryPoints: { script: "main.ts", styles: "style/index.css" },
    outdir: "out",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    logLevel: "silent",
    legalComments: "none",
    tsconfig: join(client, "tsconfig.json"),
    // Of Node's the rules for answers want one function.
    alias: { "node:util": "./node-util.ts" },
    define: { "process.env.NODE_ENV": '"production"' }
  })
  const find = (end: string): Uint8Array => {
    const file = outputFiles.find(({ path }) => path.endsWith(end))
    if (file === undefined) throw new Error(`the console's bundle has no ${end}`)
    return file.contents
  }
  return { script: find(".js"), styles: find(".css") }
}

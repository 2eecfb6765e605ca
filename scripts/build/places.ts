/** dist/actors/hosts/: the first module of a plugin's place, and what plugins import as `kintsugi/plugin` in it. */
import { build } from "esbuild"
import { nameExports } from "./name-exports.ts"

/**
 * Few small files, because a place is started while somebody waits, and a child may read nothing but these. Both share
 * one piece, so that a `PortError` is the same class in both.
 */
export const buildPlaces = async (root: string, dist = "dist"): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: { entry: "actors/hosts/entry.ts", plugin: "plugins/index.ts" },
    outdir: `${dist}/actors/hosts`,
    chunkNames: "places/[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    format: "esm",
    platform: "node",
    target: "node22.19",
    logLevel: "warning",
    legalComments: "none",
    // Found where the host found it, or where the plugin has its own.
    external: ["zod"],
    plugins: [nameExports(["zod"])]
  })
}

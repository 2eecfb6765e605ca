/**
 * `prepack` of a plugin's package: its src/ as JavaScript in dist/, because Node strips no types under node_modules. What
 * it depends on stays outside; what it imports late stays in a piece of its own, and is loaded when it is needed.
 */
import { rmSync } from "node:fs"
import { build } from "esbuild"

rmSync("dist", { recursive: true, force: true })
await build({
  entryPoints: ["src/index.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node22.19",
  logLevel: "warning",
  // Their paths in the comments would be those of the machine that built it.
  legalComments: "none"
})

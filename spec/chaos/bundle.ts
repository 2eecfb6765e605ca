/** The plugins that run in processes of their own, built as their authors would ship them: a folder and a file for each. */
import { join } from "node:path"
import { build, type Plugin, stop } from "esbuild"

/** Those that break, those that work, and the counter; each is a file of `plugins/`. */
export const brokenPlugins = ["alpha", "beta", "gamma"] as const
export const neighbours = ["east", "west"] as const
export const farCounter = "far-counter"

const names = [...brokenPlugins, ...neighbours, farCounter]

/** What they import of the project is provided by the runtime, as for any plugin; everything else is taken along. */
const provided: Plugin = {
  name: "provided",
  setup: (building) => {
    building.onResolve({ filter: /(^kintsugi\/plugin|plugins\/index\.ts)$/ }, () => ({
      path: "kintsugi/plugin",
      external: true
    }))
    // Nothing here commits an excess, and a repair would be judged with all that they import.
    building.onResolve({ filter: /faulty-excesses\.ts$/ }, ({ path }) => ({ path, external: true }))
  }
}

/** @returns the absolute paths of the modules. */
export const bundlePlugins = async (folder: string): Promise<ReadonlyArray<string>> => {
  await build({
    entryPoints: names.map((name) => ({
      in: join(import.meta.dirname, "plugins", `${name}.ts`),
      out: `${name}/${name}`
    })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    plugins: [provided]
  })
  // Its service would otherwise live as long as this process.
  await stop()
  return names.map((name) => join(folder, name, `${name}.mjs`))
}

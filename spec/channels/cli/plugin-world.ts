/** A user with a folder, a registry on this machine, and the whole command line in this process. */
import { mkdirSync, writeFileSync } from "node:fs"
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { run } from "../../../channels/cli/main.ts"
import { type Published, type Registry, serveRegistry } from "../../../channels/cli/demo/registry.ts"

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface PluginWorld {
  readonly cwd: string
  /** The user's plugins. */
  readonly global: string
  readonly local: string
  readonly env: Record<string, string>
  readonly registry: Registry
  /** `kintsugi plugin …` */
  readonly plugin: (...words: ReadonlyArray<string>) => Promise<Ran>
  readonly kintsugi: (...words: ReadonlyArray<string>) => Promise<Ran>
  /** Writes files, by path from the working folder. */
  readonly write: (files: Readonly<Record<string, string>>) => void
  readonly remove: () => Promise<void>
}

export const pluginWorld = async (shelf: ReadonlyArray<Published> = []): Promise<PluginWorld> => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-plugins-")))
  const [cwd, home] = [join(root, "work"), join(root, "home")]
  await mkdir(cwd)
  await mkdir(home)
  const registry = await serveRegistry(shelf)
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    NO_COLOR: "1",
    npm_config_userconfig: join(home, "npmrc"),
    npm_config_registry: registry.url,
    npm_config_cache: join(root, "npm")
  }
  const kintsugi = async (...words: ReadonlyArray<string>): Promise<Ran> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const [out, err] = [text(stdout), text(stderr)]
    const code = await run(words, { stdin: new PassThrough(), stdout, stderr, env, cwd }, "0.0.0")
    stdout.end()
    stderr.end()
    return { code, out: await out, err: await err }
  }
  return {
    cwd,
    global: join(home, ".config/kintsugi/plugins"),
    local: join(cwd, ".kintsugi/plugins"),
    env,
    registry,
    plugin: (...words) => kintsugi("plugin", ...words),
    kintsugi,
    write: (files) => {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(cwd, path)), { recursive: true })
        writeFileSync(join(cwd, path), content)
      }
    },
    remove: async () => {
      await registry.close()
      await rm(root, { recursive: true, force: true })
    }
  }
}

/** Source of a plugin of one tool. */
export const oneTool = (name: string, tool = `${name}_say`): string => `export default {
  name: "${name}",
  tools: [{ name: "${tool}", description: "Says it.", risk: "read", input: { type: "object" }, execute: () => "${name}" }]
}
`

/** The same, published. */
export const pluginPackage = (name: string, version: string, more: Partial<Published> = {}): Published => ({
  name: `kintsugi-plugin-${name}`,
  version,
  files: { "index.js": oneTool(name) },
  ...more,
  manifest: { type: "module", kintsugi: { plugin: "./index.js" }, ...more.manifest }
})

/** Files of the same in a folder. */
export const pluginFolder = (
  name: string,
  source = oneTool(name),
  manifest: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, string>> => ({
  [`${name}/package.json`]: JSON.stringify({
    name: `kintsugi-plugin-${name}`,
    version: "1.0.0",
    type: "module",
    kintsugi: { plugin: "./index.js" },
    ...manifest
  }),
  [`${name}/index.js`]: source
})

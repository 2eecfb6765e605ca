/** A registry on this machine, plugins that lack something, and npm with a cache of its own. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { type Published, type Registry, serveRegistry } from "../../../channels/cli/demo/registry.ts"
import type { Code } from "../../../healing/code.ts"
import { diagnose } from "../../../healing/failure.ts"
import type { Patient } from "../../../healing/patient.ts"
import type { Heal, NotApplicable, RepairFailed } from "../../../healing/strategy.ts"

export const day = 24 * 60 * 60 * 1000
export const now = Date.parse("2026-06-01T00:00:00Z")

/** A package of one module that exports a text, a year old. */
export const published = (name: string, version: string, more: Partial<Published> = {}): Published => ({
  name,
  version,
  time: now - 365 * day,
  files: { "index.js": `module.exports = ${JSON.stringify(`${name} ${version}`)}` },
  ...more
})

export interface Bench {
  readonly folder: string
  /** All that is published; more may be. */
  readonly shelf: Array<Published>
  readonly registry: Registry
  /** For npm: this registry, a cache of its own, nobody's settings. */
  readonly env: NodeJS.ProcessEnv
  readonly end: () => Promise<void>
}

/** @param packages That are published, when the folder is known. */
export const bench = async (packages: (folder: string) => ReadonlyArray<Published>): Promise<Bench> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-install-")))
  const shelf = [...packages(folder)]
  const registry = await serveRegistry(shelf)
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_userconfig: join(folder, "npmrc"),
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, "cache")
  }
  const end = async () => {
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { folder, shelf, registry, env, end }
}

/** Files of a plugin by path, relative to its folder; `undefined` where there is no package.json. */
export const plugin = (root: string, files: Readonly<Record<string, string>>): Code => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const manifest = files["package.json"]
  return {
    root,
    module: join(root, "index.js"),
    files: () =>
      Object.keys(files)
        .filter((path) => /\.[cm]?[jt]s$/.test(path))
        .map((path) => join(root, path)),
    read: (path) => readFileSync(path, "utf8"),
    manifest: () => (manifest === undefined ? undefined : JSON.parse(manifest))
  }
}

/** Source that imports, and a manifest that declares. */
export const needs = (imports: ReadonlyArray<string>, dependencies: Readonly<Record<string, string>>) => ({
  "index.js": imports.map((name) => `import ${JSON.stringify(name)}\n`).join(""),
  "package.json": JSON.stringify({ name: "words", dependencies })
})

/** As Node says it of a package that is not there. */
export const notFound = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /plugins/words/index.js`), {
    code: "ERR_MODULE_NOT_FOUND"
  })

export const patient = (code: Code | undefined, error: unknown): Patient => ({
  plugin: "words",
  failure: diagnose(error),
  recorded: [],
  ...(code === undefined ? {} : { code })
})

export type Ended = Heal | NotApplicable | RepairFailed

/** How it ended, one way or the other. */
export const outcome = (effect: Effect.Effect<Heal, NotApplicable | RepairFailed>): Promise<Ended> =>
  Effect.runPromise(Effect.match(effect, { onFailure: (failure): Ended => failure, onSuccess: (heal) => heal }))

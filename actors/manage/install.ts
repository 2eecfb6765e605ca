/** Plugins put into a folder by npm, and taken out: all that was asked for, or nothing. */
import { existsSync, lstatSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { pluginIn } from "../../plugins/discover/folder.ts"
import { readPackage } from "../../plugins/discover/package-json.ts"
import type { Place } from "../hosts/host.ts"
import type { Manifest } from "../hosts/manifest.ts"
import { inspect } from "./inspect.ts"
import { NotManaged } from "./not-managed.ts"
import { type NpmOptions, userNpm } from "./npm.ts"
import { type InstalledPackage, installedIn, isBare, unbuiltIn, wantedIn } from "./npm-project.ts"
import type { Spec } from "./spec.ts"
import { staged } from "./stage.ts"

export interface InstallOptions extends NpmOptions {
  /** Absolute path of the npm project that it goes into; it need not exist. */
  readonly folder: string
  /** Where the plugins are loaded to see what they are. */
  readonly place: Place
}

export interface Installed extends InstalledPackage {
  /** Name that it goes by here, whatever it calls itself. */
  readonly plugin: string
  /** Path of its first module, from node_modules. */
  readonly module: string
  readonly manifest: Manifest
}

export interface Done {
  readonly installed: ReadonlyArray<Installed>
  /** Packages whose install scripts were not run. */
  readonly unbuilt: ReadonlyArray<string>
}

export const installPlugins = (specs: ReadonlyArray<Spec>, options: InstallOptions): Effect.Effect<Done, NotManaged> =>
  changing(options.folder, (stage) =>
    Effect.gen(function* () {
      const [before, unbuiltBefore] = [installedIn(stage), unbuiltIn(stage)]
      yield* prepared(stage)
      yield* userNpm(stage, options)(["install", ...specs.map(({ npm }) => npm)])
      const names = asked(specs, before, installedIn(stage))
      const installed = yield* Effect.forEach(names, (name) => checked(name, stage, options))
      return { installed, unbuilt: unbuiltIn(stage).filter((name) => !unbuiltBefore.includes(name)) }
    })
  )

/** What package.json and its lock name, exactly: for a folder that came without its packages. */
export const restorePlugins = (options: InstallOptions): Effect.Effect<Done, NotManaged> =>
  changing(options.folder, (stage) =>
    Effect.gen(function* () {
      const names = Object.keys(wantedIn(stage))
      if (names.length === 0) return { installed: [], unbuilt: [] }
      yield* userNpm(stage, options)(["ci"])
      // What is no plugin is there for those that lie in the folder as they are.
      const plugins = names.filter((name) => entryOf(join(stage, "node_modules", name)) !== undefined)
      const installed = yield* Effect.forEach(plugins, (name) => checked(name, stage, options))
      return { installed, unbuilt: unbuiltIn(stage) }
    })
  )

const changing = (folder: string, use: Parameters<typeof staged<Done>>[1]): Effect.Effect<Done, NotManaged> =>
  Effect.mapError(
    staged(folder, use),
    ({ message }) => new NotManaged({ message: `${message}; nothing was installed` })
  )

/** @param names Of packages that are in the folder. */
export const uninstallPlugins = (
  names: ReadonlyArray<string>,
  options: NpmOptions & Pick<InstallOptions, "folder">
): Effect.Effect<void, NotManaged> =>
  staged(options.folder, (stage) =>
    Effect.gen(function* () {
      yield* userNpm(stage, options)(["uninstall", ...names])
      if (isBare(stage)) for (const name of readdirSync(stage)) rmSync(join(stage, name), { recursive: true })
    })
  )

/** A project of its own, so that npm looks for none around it. */
const prepared = (stage: string): Effect.Effect<void> =>
  Effect.sync(() => {
    const file = join(stage, "package.json")
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify({ private: true, dependencies: {} }, undefined, 2)}\n`)
  })

/** Names of the packages that were asked for: those that are there now in another way, and those that were there already. */
const asked = (
  specs: ReadonlyArray<Spec>,
  before: ReadonlyArray<InstalledPackage>,
  after: ReadonlyArray<InstalledPackage>
): ReadonlyArray<string> => {
  const old = new Map(before.map((one) => [one.package, JSON.stringify(one)]))
  const changed = after.filter((one) => old.get(one.package) !== JSON.stringify(one)).map((one) => one.package)
  const named = specs.flatMap(({ package: name }) => (after.some((one) => one.package === name) ? (name ?? []) : []))
  const same = specs.flatMap(({ npm }) => after.find(({ wanted }) => wanted === npm)?.package ?? [])
  return [...new Set([...changed, ...named, ...same])]
}

/** It says that it is a plugin, and it is one: its code has been loaded once. */
const checked = (
  name: string,
  stage: string,
  { folder, place }: InstallOptions
): Effect.Effect<Installed, NotManaged> =>
  Effect.gen(function* () {
    const path = join(stage, "node_modules", name)
    if (entryOf(path) === undefined) return yield* new NotManaged({ message: `${name} is no plugin: ${isNone}` })
    const { module, reason, ...found } = pluginIn(path, "npm", name)
    if (module === undefined)
      return yield* new NotManaged({ message: `${name} cannot be used: ${reason}${unbuiltHint(path, reason)}` })
    const manifest = yield* inspect({ name: found.name, module }, place)
    const one = installedIn(stage).find((one) => one.package === name)
    const way = relative(realpathSync(path), module)
    return { ...(one ?? { package: name, wanted: "" }), plugin: found.name, module: join(name, way), manifest }
  }).pipe(
    // The stage is not what the user knows.
    Effect.mapError(({ message }) => new NotManaged({ message: message.replaceAll(stage, folder) }))
  )

/** The usual cause of an entry that is missing. */
const unbuiltHint = (path: string, reason: string): string => {
  if (!reason.endsWith("is not there")) return ""
  return lstatSync(path).isSymbolicLink()
    ? `; build it first (as a rule by: npm run --prefix ${realpathSync(path)} build)`
    : "; it would have to be built, and scripts of packages are never run: install it from where it is published built"
}

const isNone = `its package.json has no "kintsugi": { "plugin": "./its-module.js" }`

const entryOf = (path: string): string | undefined => {
  try {
    return readPackage(path)?.entry
  } catch {
    return undefined
  }
}

/** Plugins that are folders of files in the formats of Claude Code: fetched, looked at, shown to whoever decides, and put into place. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { inside } from "../../plugins/discover/inside.ts"
import { type Manifest, manifestFile, nameIn, readManifest, textIn } from "../../plugins/discover/manifest.ts"
import { readPackage } from "../../plugins/discover/package-json.ts"
import type { Environment } from "../folders.ts"
import { brought } from "../plugin/brought.ts"
import type { Brought } from "../plugin/runtime-plugins.ts"
import { copyFolder } from "./copy-folder.ts"
import { besides, type FolderStage, put } from "./folder-stage.ts"
import { fetchRepository } from "./git.ts"
import { chosenFrom, combined, type Entry, entriesIn, keepListed, marketplaceFile, placeOf } from "./marketplace.ts"
import { NotManaged } from "./not-managed.ts"
import { type Origin, originFile, originOf, writeOrigin } from "./origin.ts"
import { kindOf, repository, type Source } from "./source.ts"
import { attempt } from "./whole.ts"

/** What is about to be installed. */
export interface Offer {
  readonly name: string
  readonly version?: string
  readonly description?: string
  /** Where it will lie: paths in it are told as if it lay there already. */
  readonly brings: Brought
  readonly origin: Origin
  /** What the one that it takes the place of brings. */
  readonly before?: Brought
  /** What is missing of it, a line each. */
  readonly lacks: ReadonlyArray<string>
}

export interface FolderOptions {
  readonly source: Source
  /** Name of the plugin in a marketplace. */
  readonly plugin: string | undefined
  /** Absolute path of the folder of plugins; it need not exist. */
  readonly folder: string
  readonly env: Environment
  /** A commit that need not be installed again. */
  readonly known?: string | undefined
  readonly decide: (offer: Offer) => Effect.Effect<boolean, NotManaged>
}

export type Came =
  | { readonly kind: "installed" | "declined"; readonly offer: Offer }
  /** It is as it was. */
  | { readonly kind: "same" }
  /** It is code, which npm installs. */
  | { readonly kind: "code" }

export const installFolder = (options: FolderOptions): Effect.Effect<Came, NotManaged> =>
  besides(options.folder, (stage) =>
    Effect.gen(function* (): Effect.fn.Return<Came, NotManaged> {
      const found = yield* located(options, stage)
      if (found === "code") return { kind: "code" }
      if (options.known !== undefined && found.origin.commit === options.known) return { kind: "same" }
      const offer = yield* attempt("it cannot be installed", () => readied(found, options, stage))
      if (!(yield* options.decide(offer))) return { kind: "declined", offer }
      yield* put(stage, join(stage.path, "new", offer.name), offer.name)
      return { kind: "installed", offer }
    })
  ).pipe(
    Effect.mapError(
      ({ message, isUsage = false, needsWord = false }) =>
        new NotManaged({ message: `${message}; nothing was installed`, isUsage, needsWord })
    )
  )

interface Found {
  /** Absolute path of its files. */
  readonly path: string
  /** What it is called when it does not say. */
  readonly called: string
  readonly origin: Origin
  readonly entry?: Entry
  /** It is the marketplace itself. */
  readonly isWhole?: boolean
  readonly lacks: ReadonlyArray<string>
}

const located = (
  { source, plugin, env }: FolderOptions,
  { path }: FolderStage
): Effect.Effect<Found | "code", NotManaged> =>
  Effect.gen(function* () {
    const first =
      "folder" in source ? local(source.folder) : yield* fetched(source.repository, join(path, "first"), env)
    const kind = kindOf(first.path)
    if (plugin === undefined && kind === "parts") return first
    if (plugin === undefined && kind === "code") return "code"
    if (!existsSync(join(first.path, marketplaceFile)))
      return yield* new NotManaged({
        message:
          plugin === undefined
            ? `${first.origin.address} ${isNone}`
            : `it is no marketplace: it has no ${marketplaceFile}`
      })
    const entry = yield* tried(() => chosenFrom(entriesIn(first.path), plugin))
    const place = yield* tried(() => placeOf(entry))
    const called = entry.name
    const origin = { ...first.origin, plugin: called }
    if (!("url" in place)) {
      const at = yield* tried(() => within(first.path, place.path))
      return { ...first, path: at, called, origin, entry, isWhole: at === first.path }
    }
    const repo = yield* tried(() => repository(place.url, place.ref))
    const second = yield* fetched(repo, join(path, "second"), env)
    const at = yield* tried(() => within(second.path, place.path))
    // An update looks into the marketplace again.
    return { ...second, path: at, called, entry, origin: { ...origin, ...commitOf(second) } }
  })

const isNone = `holds no plugin: no ${manifestFile}, no ${marketplaceFile}, no skills, commands, agents, hooks or MCP servers, and no package.json with "kintsugi": { "plugin": … }`

const tried = <A>(work: () => A): Effect.Effect<A, NotManaged> => attempt("it cannot be installed", async () => work())

const local = (folder: string): Found => ({
  path: folder,
  called: basename(folder),
  origin: { address: folder },
  lacks: []
})

const fetched = (
  repo: { readonly url: string; readonly ref?: string },
  folder: string,
  env: Environment
): Effect.Effect<Found, NotManaged> =>
  Effect.map(fetchRepository(repo, folder, env), ({ commit, submodules }) => ({
    path: folder,
    called: basename(repo.url.replace(/\/+$/, ""), ".git"),
    origin: { address: repo.url, ...(repo.ref === undefined ? {} : { ref: repo.ref }), commit },
    lacks:
      submodules.length === 0
        ? []
        : [`the repositories in it were not fetched: ${submodules.map((path) => JSON.stringify(path)).join(", ")}`]
  }))

const commitOf = ({ origin: { commit } }: Found) => (commit === undefined ? {} : { commit })

const within = (folder: string, path: string): string => {
  const found = inside(folder, path)
  if ("path" in found) return found.path
  throw new NotManaged({ message: found.reason })
}

/** A copy in the stage, as it will lie in its place. */
const readied = async (found: Found, { folder }: FolderOptions, stage: FolderStage): Promise<Offer> => {
  const { path, called, entry, origin } = found
  const own = readManifest(path)
  const manifest = entry === undefined ? own : combined(entry, own, (name) => existsSync(join(path, name)))
  const name = named(nameIn(manifest ?? {}) ?? called)
  const target = join(folder, name)
  const before = replaceable(target, name, origin)
  const ready = join(stage.path, "new", name)
  await copyFolder(path, ready, { names: [originFile], folder: stage.plugins })
  if (manifest === undefined || manifest !== own) writeManifest(ready, { name, ...manifest })
  if (entry !== undefined && found.isWhole === true) keepListed(entry, ready)
  writeOrigin(ready, origin)
  const brings = brought(name, ready)
  if (brings === undefined) throw new NotManaged({ message: `${name} brings nothing: ${origin.address} ${isNone}` })
  const [version, description] = [textIn(manifest ?? {}, "version"), textIn(manifest ?? {}, "description")]
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    brings: { ...brings, folder: target, problems: brings.problems.map((line) => line.replaceAll(ready, target)) },
    origin,
    ...(before === undefined ? {} : { before }),
    lacks: [...found.lacks, ...unmet(ready, target)]
  }
}

const named = (name: string): string => {
  const plain = name.replace(/[^a-zA-Z0-9_-]+/g, "-").replace(/^[_-]+/, "")
  if (plain === "" || plain.length > 64)
    throw new NotManaged({ message: `${JSON.stringify(name.slice(0, 80))} is no name for a plugin` })
  return plain
}

/** Only what came from the same place gives way. */
const replaceable = (target: string, name: string, origin: Origin): Brought | undefined => {
  if (statSync(target, { throwIfNoEntry: false }) === undefined) return undefined
  const there = originOf(target)
  if (there === undefined)
    throw new NotManaged({ message: `${target} is there already and was not installed; move it away first` })
  if (there.address !== origin.address || there.plugin !== origin.plugin)
    throw new NotManaged({
      message: `${name} is there already, from ${there.address}; first run: kintsugi plugin uninstall ${name}`
    })
  return brought(name, target)
}

const writeManifest = (folder: string, manifest: Manifest): void => {
  const path = join(folder, manifestFile)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** Packages that its own programs may need; nobody installs them. */
const unmet = (folder: string, target: string): ReadonlyArray<string> => {
  try {
    const needs = readPackage(folder)?.dependencies.length ?? 0
    if (needs === 0 || existsSync(join(folder, "node_modules"))) return []
    return [
      `the npm packages that it needs are not installed; if something of it fails: npm install --prefix ${target}`
    ]
  } catch {
    return []
  }
}

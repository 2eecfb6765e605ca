/** Plugins brought by npm, and what is to be said of them. */
import { realpathSync } from "node:fs"
import { join } from "node:path"
import { type Done, type Installed, installPlugins, restorePlugins } from "../../../actors/manage/install.ts"
import type { Spec } from "../../../actors/manage/spec.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import type { Io } from "../io.ts"
import { printable } from "../printable.ts"
import { type Around, carriedOut, manifestsOf, type Scope } from "./around.ts"
import { broughtRows, revealed } from "./brought-rows.ts"
import { offers } from "./offers.ts"
import { waiting } from "./waiting.ts"

export interface Bringing {
  readonly folder: string
  readonly scope: Scope
  /** None: what package.json and its lock name. */
  readonly specs: ReadonlyArray<Spec>
  readonly json: true | undefined
  /** What was installed besides, as it is told to programs. */
  readonly beside?: ReadonlyArray<object>
}

/** Installs, and tells what has come. */
export const bring = async (io: Io, around: Around, bringing: Bringing): Promise<void> => {
  const { folder, scope, specs, json, beside = [] } = bringing
  const progress = waiting(io, specs.map(({ typed }) => typed).join(", ") || "what is missing")
  const options = { folder, place: around.settings.plugins.isolation, env: around.env, onFetched: progress.fetched }
  const done = await carriedOut(specs.length === 0 ? restorePlugins(options) : installPlugins(specs, options)).finally(
    progress.end
  )
  remember(io, folder, done.installed)
  const plugins = await around.plugins()
  if (json) {
    const installed = done.installed.map((one) => report(one, viewOf(plugins, moduleOf(folder, one))))
    return void io.stdout.write(
      `${JSON.stringify({ folder, installed: [...beside, ...installed], unbuilt: done.unbuilt }, null, 2)}\n`
    )
  }
  for (const one of done.installed) {
    const view = viewOf(plugins, moduleOf(folder, one))
    await tell(io, one, view)
    if (view?.state === "healthy") tellClashes(io, view, plugins)
  }
  tellRest(io, done, { folder, scope, isTrusted: around.trusted })
}

const moduleOf = (folder: string, { module }: Installed): string => realpathSync(join(folder, "node_modules", module))

/** So that its flags and commands are known before it is loaded for the first time. */
const remember = (io: Io, folder: string, installed: ReadonlyArray<Installed>): void => {
  const cache = manifestsOf(io)
  for (const one of installed) {
    const module = moduleOf(folder, one)
    cache.keep(module, cache.fingerprint(module), one.manifest)
  }
}

/** As it is listed now. */
const viewOf = (plugins: ReadonlyArray<ListedPlugin>, module: string) => plugins.find((one) => one.module === module)

const report = ({ manifest, module: _, ...one }: Installed, view: ListedPlugin | undefined) => ({
  ...one,
  state: view?.state ?? "healthy",
  reason: view?.reason ?? "",
  tools: manifest.tools.map(({ name, risk }) => ({ name, risk })),
  hooks: manifest.hooks,
  extensions: manifest.extensions
})

const tell = async (io: Io, one: Installed, view: ListedPlugin | undefined): Promise<void> => {
  const { plugin, package: name, version = "", manifest, link, integrity } = one
  io.stdout.write(printable(`installed ${plugin} ${version} (${name})\n`))
  for (const [what, names] of offers(manifest)) io.stdout.write(printable(`  ${what}: ${names}\n`))
  // Beside code hooks and servers may lie, which run without another word.
  if (view?.brings !== undefined) io.stdout.write(await revealed(broughtRows(view.brings)))
  if (integrity !== undefined) io.stdout.write(`  integrity: ${integrity.slice(0, 40)}…\n`)
  if (link !== undefined) io.stdout.write(printable(`  linked: what is edited in ${link} counts\n`))
  if (view !== undefined && view.reason !== "" && view.state !== "untrusted")
    io.stderr.write(printable(`${view.name} is ${view.state}: ${view.reason}\n`))
}

const tellClashes = (io: Io, { name, tools }: ListedPlugin, plugins: ReadonlyArray<ListedPlugin>): void => {
  for (const other of plugins.filter((one) => one.name !== name && one.state === "healthy")) {
    const both = tools.filter((tool) => other.tools.includes(tool))
    if (both.length > 0)
      io.stderr.write(`${name} and ${other.name} both bring ${both.join(", ")}; only one of each counts\n`)
  }
}

const tellRest = (
  io: Io,
  { installed, unbuilt }: Done,
  { folder, scope, isTrusted }: { readonly folder: string; readonly scope: Scope; readonly isTrusted: boolean }
): void => {
  if (installed.length === 0) io.stderr.write(`${folder} names no package; nothing was installed\n`)
  if (unbuilt.length > 0)
    io.stderr.write(
      `Not run: the install scripts of ${unbuilt.join(", ")}. If something is missing now: npm rebuild --prefix ${folder} PACKAGE\n`
    )
  if (scope === "local" && !isTrusted)
    io.stderr.write("This folder is not trusted, so its plugins are not run; to trust it: kintsugi trust\n")
}

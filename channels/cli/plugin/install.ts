/** `kintsugi plugin install`, `update` and `uninstall`: done by npm, told here. */
import { existsSync, realpathSync } from "node:fs"
import { join, relative } from "node:path"
import {
  type Done,
  type Installed,
  installPlugins,
  restorePlugins,
  uninstallPlugins
} from "../../../actors/manage/install.ts"
import { installedIn } from "../../../actors/manage/npm-project.ts"
import { readSpec, type Spec } from "../../../actors/manage/spec.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"
import { type Around, carriedOut, folderOf, look, manifestsOf, said, type Scope } from "./around.ts"
import { offers } from "./offers.ts"
import { waiting } from "./waiting.ts"

export const install = async (
  io: Io,
  typed: ReadonlyArray<string>,
  scope: Scope,
  json: true | undefined
): Promise<void> => {
  const around = await look(io)
  const folder = ownFolder(io, scope)
  if (typed.length === 0 && scope === "local" && !around.trusted)
    throw new CliError(
      1,
      "this folder is not trusted, and its package.json says what is installed; first run: kintsugi trust"
    )
  const specs = typed.map((one) => specOf(one, io.cwd))
  await bring(io, around, { folder, scope, specs, json })
}

export const update = async (
  io: Io,
  names: ReadonlyArray<string>,
  scope: Scope,
  json: true | undefined
): Promise<void> => {
  const around = await look(io)
  const folder = ownFolder(io, scope)
  const packages =
    names.length === 0
      ? installedIn(folder).map((one) => one.package)
      : await packagesOf(io, around, names, scope).then((all) => all.map((one) => one.name))
  const specs = installedIn(folder)
    .filter((one) => packages.includes(one.package) && one.link === undefined)
    .map(({ package: name, wanted }) => specOf(/^\d/.test(wanted) ? name : fromThere(wanted, folder), io.cwd))
  if (specs.length === 0)
    return void io.stderr.write("There is nothing to update; the folder of a link counts as it is.\n")
  await bring(io, around, { folder, scope, specs, json })
}

const fromThere = (wanted: string, folder: string): string =>
  wanted.startsWith("file:") ? join(folder, wanted.slice("file:".length)) : wanted

export const uninstall = async (io: Io, names: ReadonlyArray<string>, scope: Scope | undefined): Promise<void> => {
  const around = await look(io)
  const packages = await packagesOf(io, around, names, scope)
  for (const one of new Set(packages.map(({ scope }) => scope))) {
    const those = packages.filter(({ scope }) => scope === one).map(({ name }) => name)
    const folder = ownFolder(io, one)
    await carriedOut(uninstallPlugins(those, { folder, env: around.env }))
    for (const name of those) io.stdout.write(`uninstalled ${name} from ${folder}\n`)
  }
}

/** Of a project, only where it is the project's own: a link in it must not lead us elsewhere. */
const ownFolder = (io: Io, scope: Scope): string => {
  const folder = folderOf(io, scope)
  if (scope === "local" && existsSync(folder) && relative(realpathSync(io.cwd), realpathSync(folder)).startsWith(".."))
    throw new CliError(1, `${folder} is a link that leads out of this folder; nothing is installed there`)
  return folder
}

const specOf = (typed: string, cwd: string): Spec => {
  try {
    return readSpec(typed, cwd)
  } catch (error) {
    throw said(error)
  }
}

interface Bringing {
  readonly folder: string
  readonly scope: Scope
  /** None: what package.json and its lock name. */
  readonly specs: ReadonlyArray<Spec>
  readonly json: true | undefined
}

const bring = async (io: Io, around: Around, { folder, scope, specs, json }: Bringing): Promise<void> => {
  const progress = waiting(io, specs.map(({ typed }) => typed).join(", ") || "what is missing")
  const options = { folder, place: around.settings.plugins.isolation, env: around.env, onFetched: progress.fetched }
  const done = await carriedOut(specs.length === 0 ? restorePlugins(options) : installPlugins(specs, options)).finally(
    progress.end
  )
  remember(io, folder, done.installed)
  const plugins = await around.plugins()
  if (json) {
    const installed = done.installed.map((one) => report(one, viewOf(plugins, moduleOf(folder, one))))
    return void io.stdout.write(`${JSON.stringify({ folder, installed, unbuilt: done.unbuilt }, null, 2)}\n`)
  }
  for (const one of done.installed) {
    const view = viewOf(plugins, moduleOf(folder, one))
    tell(io, one, view)
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

const tell = (io: Io, one: Installed, view: ListedPlugin | undefined): void => {
  const { plugin, package: name, version = "", manifest, link, integrity } = one
  io.stdout.write(printable(`installed ${plugin} ${version} (${name})\n`))
  for (const [what, names] of offers(manifest)) io.stdout.write(printable(`  ${what}: ${names}\n`))
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

interface Chosen {
  readonly name: string
  readonly scope: Scope
}

/** @throws CliError for what npm has not installed. */
const packagesOf = async (
  io: Io,
  around: Around,
  names: ReadonlyArray<string>,
  scope: Scope | undefined
): Promise<ReadonlyArray<Chosen>> => {
  const plugins = await around.plugins()
  const there = (["global", "local"] as const)
    .filter((one) => scope === undefined || one === scope)
    .flatMap((scope) => installedIn(folderOf(io, scope)).map((one) => ({ name: one.package, scope })))
  return names.map((name) => {
    const aliases = plugins.flatMap((one) => (one.name === name && one.tier === "npm" ? (one.package ?? []) : []))
    const meant = there.filter((one) => [name, `kintsugi-plugin-${name}`, ...aliases].includes(one.name))
    const [one, other] = meant
    if (one !== undefined && other === undefined) return one
    if (other !== undefined)
      throw new CliError(2, `${name} is installed for you and for this folder; say --global or --local`)
    throw new CliError(1, notInstalled(name, plugins))
  })
}

const notInstalled = (name: string, plugins: ReadonlyArray<ListedPlugin>): string => {
  const plugin = plugins.find((one) => one.name === name)
  if (plugin?.tier === "built-in") return `${name} is built in; turn it off with: kintsugi plugin disable ${name}`
  return plugin?.root === undefined || plugin.tier === "npm"
    ? `${name} is not installed; see: kintsugi plugin list`
    : `${name} was not installed by npm: it lies in ${plugin.root}; remove it there`
}

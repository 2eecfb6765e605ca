/** `kintsugi plugin install`, `update` and `uninstall`: packages by npm, folders for Claude Code by us. */
import { existsSync, realpathSync } from "node:fs"
import { basename, dirname, isAbsolute, join, relative } from "node:path"
import { take } from "../../../actors/manage/folder-stage.ts"
import { uninstallPlugins } from "../../../actors/manage/install.ts"
import { ourPackages } from "../../../actors/manage/first-party.ts"
import { installedIn } from "../../../actors/manage/npm-project.ts"
import type { Origin } from "../../../actors/manage/origin.ts"
import { readSource, repository } from "../../../actors/manage/source.ts"
import { readSpec, type Spec } from "../../../actors/manage/spec.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import { CliError, type Io } from "../io.ts"
import { type Around, carriedOut, folderOf, look, said, type Scope } from "./around.ts"
import { bring } from "./bring.ts"
import { bringFolders, type Wanted } from "./bring-folder.ts"

export interface InstallWays {
  readonly json?: true
  /** Said to what a plugin would run. */
  readonly yes?: true
  /** Name of the plugin in a marketplace. */
  readonly plugin?: string
}

export const install = async (
  io: Io,
  typed: ReadonlyArray<string>,
  scope: Scope,
  { json, yes, plugin }: InstallWays
): Promise<void> => {
  const around = await look(io)
  const folder = ownFolder(io, scope)
  if (scope === "local" && !around.trusted && (typed.length === 0 || holdsPackages(folder))) throw untrusted(folder)
  if (plugin !== undefined && typed.length !== 1)
    throw new CliError(2, "--plugin says which plugin of one marketplace is meant; name that one")
  const sources = typed.map((one) => ({ typed: one, source: checked(() => readSource(one, io.cwd)), plugin }))
  const apart = sources.flatMap(({ source, ...rest }) => (source === undefined ? [] : [{ ...rest, source }]))
  if (plugin !== undefined && apart.length === 0)
    throw new CliError(2, "--plugin is for a folder or a git repository that is a marketplace")
  const forNpm = sources.flatMap(({ typed, source }) => (source === undefined ? [typed] : []))
  // What cannot be meant is said before anything is fetched.
  forNpm.forEach((one) => specOf(one, io.cwd))
  const { installed, code } = await bringFolders(io, around, apart, { folder, yes, json })
  const specs = typed.filter((one) => forNpm.includes(one) || code.includes(one)).map((one) => specOf(one, io.cwd))
  if (specs.length > 0 || typed.length === 0)
    return bring(io, around, { folder, scope, specs, json, beside: installed })
  told(io, around, { folder, scope, json }, installed)
}

/** Nothing of it was npm's. */
const told = (
  io: Io,
  around: Around,
  { folder, scope, json }: { readonly folder: string; readonly scope: Scope; readonly json: true | undefined },
  installed: ReadonlyArray<object>
): void => {
  if (json) io.stdout.write(`${JSON.stringify({ folder, installed, unbuilt: [] }, null, 2)}\n`)
  if (installed.length === 0) throw new CliError(1, json ? "" : "nothing was installed")
  if (scope === "local" && !around.trusted)
    io.stderr.write("This folder is not trusted, so nothing of its plugins counts; to trust it: kintsugi trust\n")
}

const checked = <A>(work: () => A): A => {
  try {
    return work()
  } catch (error) {
    throw said(error)
  }
}

export const update = async (
  io: Io,
  names: ReadonlyArray<string>,
  scope: Scope,
  { json, yes }: InstallWays
): Promise<void> => {
  const around = await look(io)
  const folder = ownFolder(io, scope)
  if (scope === "local" && !around.trusted) throw untrusted(folder)
  const folders = foldersIn(await around.plugins(), folder)
  const rest = names.filter((name) => !folders.some((one) => one.name === name))
  const packages =
    names.length === 0
      ? installedIn(folder).map((one) => one.package)
      : await packagesOf(io, around, rest, scope).then((all) => all.map((one) => one.name))
  const specs = installedIn(folder)
    .filter((one) => packages.includes(one.package) && one.link === undefined)
    .map(({ package: name, wanted }) =>
      specOf(/^\d/.test(wanted) ? `${name}@latest` : fromThere(wanted, folder), io.cwd)
    )
  const wanted = folders.filter(({ name }) => names.length === 0 || names.includes(name))
  if (specs.length + wanted.length === 0)
    return void io.stderr.write("There is nothing to update; the folder of a link counts as it is.\n")
  const { installed, code } = await bringFolders(io, around, wanted.map(again), { folder, yes, json })
  for (const name of code)
    io.stderr.write(`${name} has become a plugin with code, which npm installs: uninstall it, and install it anew\n`)
  if (specs.length > 0) return bring(io, around, { folder, scope, specs, json, beside: installed })
  if (json) io.stdout.write(`${JSON.stringify({ folder, installed, unbuilt: [] }, null, 2)}\n`)
}

interface FolderPlugin {
  readonly name: string
  /** Absolute path. */
  readonly root: string
  readonly origin: Origin
}

/** Those in a folder of plugins that were installed as folders. */
const foldersIn = (plugins: ReadonlyArray<ListedPlugin>, folder: string): ReadonlyArray<FolderPlugin> =>
  plugins.flatMap(({ name, root, origin }) =>
    root !== undefined && origin !== undefined && isIn(folder, root) ? [{ name, root, origin }] : []
  )

/** Paths of what was found are real as far as the working folder goes. */
const isIn = (folder: string, root: string): boolean =>
  dirname(root) === folder || (existsSync(folder) && dirname(root) === realpathSync(folder))

const again = ({ name, origin: { address, ref, plugin, commit } }: FolderPlugin): Wanted => ({
  typed: name,
  source: isAbsolute(address) ? { folder: address } : { repository: checked(() => repository(address, ref ?? "")) },
  plugin,
  known: commit
})

const fromThere = (wanted: string, folder: string): string =>
  wanted.startsWith("file:") ? join(folder, wanted.slice("file:".length)) : wanted

export const uninstall = async (io: Io, names: ReadonlyArray<string>, scope: Scope | undefined): Promise<void> => {
  const around = await look(io)
  const there = await around.plugins()
  const folders = (["global", "local"] as const)
    .filter((one) => scope === undefined || one === scope)
    .flatMap((scope) => foldersIn(there, folderOf(io, scope)).map((one) => ({ ...one, scope })))
    .filter(({ name }) => names.includes(name))
  const twice = folders.find(({ name }, at) => folders.findIndex((one) => one.name === name) !== at)
  if (twice !== undefined) throw new CliError(2, isTwice(twice.name))
  const rest = names.filter((name) => !folders.some((one) => one.name === name))
  const packages = await packagesOf(io, around, rest, scope)
  for (const { name, root, scope } of folders) {
    const folder = ownFolder(io, scope)
    await carriedOut(take(folder, basename(root)))
    io.stdout.write(`uninstalled ${name} from ${folder}\n`)
  }
  for (const one of new Set(packages.map(({ scope }) => scope))) {
    const those = packages.filter(({ scope }) => scope === one).map(({ name }) => name)
    const folder = ownFolder(io, one)
    await carriedOut(uninstallPlugins(those, { folder, env: around.env }))
    for (const name of those) io.stdout.write(`uninstalled ${name} from ${folder}\n`)
  }
}

/** What stands there decides what comes besides, and from where: also into the plugin that was asked for. */
const holdsPackages = (folder: string): boolean =>
  ["package.json", "package-lock.json", "node_modules"].some((name) => existsSync(join(folder, name)))

const untrusted = (folder: string): CliError =>
  new CliError(1, `this folder is not trusted, and ${folder} says what is installed; first run: kintsugi trust`)

/** Of a project, only where it is the project's own: a link in it must not lead us elsewhere. */
const ownFolder = (io: Io, scope: Scope): string => {
  const folder = folderOf(io, scope)
  if (scope === "local" && existsSync(folder) && relative(realpathSync(io.cwd), realpathSync(folder)).startsWith(".."))
    throw new CliError(1, `${folder} is a link that leads out of this folder; nothing is installed there`)
  return folder
}

const specOf = (typed: string, cwd: string): Spec => {
  const bundled = ourPackages.find((one) => one.builtIn !== undefined && one.package === typed.replace(/@[^@/]*$/, ""))
  if (bundled !== undefined)
    throw new CliError(1, `${bundled.package} is built in, as plugin ${bundled.builtIn}: nothing is to be installed`)
  return checked(() => readSpec(typed, cwd))
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
    if (other !== undefined) throw new CliError(2, isTwice(name))
    throw new CliError(1, notInstalled(name, plugins))
  })
}

const isTwice = (name: string): string => `${name} is installed for you and for this folder; say --global or --local`

const notInstalled = (name: string, plugins: ReadonlyArray<ListedPlugin>): string => {
  const plugin = plugins.find((one) => one.name === name)
  if (plugin?.tier === "built-in") return `${name} is built in; turn it off with: kintsugi plugin disable ${name}`
  return plugin?.root === undefined || plugin.tier === "npm"
    ? `${name} is not installed; see: kintsugi plugin list`
    : `${name} was not installed: it lies in ${plugin.root}; remove it there`
}

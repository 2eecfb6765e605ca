/** `kintsugi plugin install`, `update` and `uninstall`: done by npm, told here. */
import { existsSync, realpathSync } from "node:fs"
import { join, relative } from "node:path"
import { uninstallPlugins } from "../../../actors/manage/install.ts"
import { ourPackages } from "../../../actors/manage/first-party.ts"
import { installedIn } from "../../../actors/manage/npm-project.ts"
import { readSpec, type Spec } from "../../../actors/manage/spec.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import { CliError, type Io } from "../io.ts"
import { type Around, carriedOut, folderOf, look, said, type Scope } from "./around.ts"
import { bring } from "./bring.ts"

export const install = async (
  io: Io,
  typed: ReadonlyArray<string>,
  scope: Scope,
  json: true | undefined
): Promise<void> => {
  const around = await look(io)
  const folder = ownFolder(io, scope)
  if (scope === "local" && !around.trusted && (typed.length === 0 || holdsPackages(folder))) throw untrusted(folder)
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
  if (scope === "local" && !around.trusted) throw untrusted(folder)
  const packages =
    names.length === 0
      ? installedIn(folder).map((one) => one.package)
      : await packagesOf(io, around, names, scope).then((all) => all.map((one) => one.name))
  const specs = installedIn(folder)
    .filter((one) => packages.includes(one.package) && one.link === undefined)
    .map(({ package: name, wanted }) =>
      specOf(/^\d/.test(wanted) ? `${name}@latest` : fromThere(wanted, folder), io.cwd)
    )
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
  try {
    return readSpec(typed, cwd)
  } catch (error) {
    throw said(error)
  }
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

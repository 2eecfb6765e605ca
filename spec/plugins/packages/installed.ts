/** The packages as a user has them: packed, unpacked under a plugins folder, with what they depend on beside them. */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const run = promisify(execFile)

export const packages = ["git", "grep", "search", "plan-orchestrator"].map((name) => `kintsugi-plugin-${name}`)

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** Packs all of them. @returns their tarballs. */
export const pack = async (into: string): Promise<ReadonlyArray<string>> => {
  const workspaces = packages.map((name) => `--workspace=${name}`)
  await run("npm", ["pack", "--silent", "--pack-destination", into, ...workspaces], { cwd: root })
  return packages.map((name) => join(into, `${name}-${manifestOf(join(root, "plugins/packages", name)).version}.tgz`))
}

/**
 * Puts a package's dependencies into a node_modules folder, from our own: a registry is nothing that a spec can ask.
 *
 * @param from Folder of the package.
 */
export const putDependencies = (from: string, into: string): void => {
  const { dependencies = {}, optionalDependencies = {} } = manifestOf(from)
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const [source, target] = [join(root, "node_modules", name), join(into, name)]
    // Optional ones are there for one platform only.
    if (existsSync(target) || !existsSync(source)) continue
    cpSync(source, target, { recursive: true })
    putDependencies(source, into)
  }
}

/** @param folder Of plugins, which npm treats as a project. */
export const install = async (folder: string, tarballs: ReadonlyArray<string>): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), '{"private":true}')
  const [first = "", ...others] = tarballs
  // git depends on nothing, so npm itself can install it without a registry.
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  await run("npm", ["install", "--offline", ...quiet, "--cache", join(folder, "../npm-cache"), first], { cwd: folder })
  const manifest = manifestOf(folder)
  for (const [n, tarball] of others.entries()) {
    const name = packages[n + 1] ?? ""
    const target = join(folder, "node_modules", name)
    mkdirSync(target, { recursive: true })
    await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", target])
    putDependencies(target, join(folder, "node_modules"))
  }
  const added = Object.fromEntries(packages.slice(1).map((name, n) => [name, `file:${others[n]}`]))
  const dependencies = { ...manifest.dependencies, ...added }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }))
}

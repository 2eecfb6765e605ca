/** Plugins among the npm packages of a folder: those that its own package.json depends on, and that say where their plugin is. */
import { statSync } from "node:fs"
import { join } from "node:path"
import { broken, mostEntries, pluginIn } from "./folder.ts"
import type { FoundPlugin } from "./found.ts"
import { readPackage } from "./package-json.ts"

/** As the registry permits them; anything else might lead out of the folder. */
const pattern = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i

export const packagesIn = (folder: string): ReadonlyArray<FoundPlugin> => {
  let names: ReadonlyArray<string>
  try {
    names = readPackage(folder)?.dependencies ?? []
  } catch (error) {
    return [broken(join(folder, "package.json"), "npm", "package.json", error)]
  }
  return names.slice(0, mostEntries).flatMap((name) => packageAt(folder, name))
}

const packageAt = (folder: string, name: string): ReadonlyArray<FoundPlugin> => {
  const path = join(folder, "node_modules", name)
  const short = name.replace(/^@[^/]*\//, "").replace(/^kintsugi-plugin-/, "")
  if (!pattern.test(name)) return [broken(folder, "npm", short, new Error(`${name} is no name of a package`))]
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined)
      return [broken(path, "npm", short, new Error(`${name} is not installed; run: kintsugi plugin install ${name}`))]
    const its = readPackage(path)
    return its?.entry === undefined ? [] : [{ ...pluginIn(path, "npm", short), package: name }]
  } catch (error) {
    return [{ ...broken(path, "npm", short, error), package: name }]
  }
}

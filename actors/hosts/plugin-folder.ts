/** Which folder a plugin's own code lies in: all that its process may read. */
import { readFileSync, realpathSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import { withAncestors } from "../../plugins/ports/real-path.ts"

export interface Code {
  /** Real path of the module. */
  readonly module: string
  readonly folder: string
}

/**
 * An installed package: the outermost node_modules it is in, because what it depends on may lie beside it. Otherwise the
 * package whose package.json says that it is a plugin, else the module's own folder: never a project around it.
 *
 * @throws the system's error when there is no such module.
 */
export const codeOf = (path: string): Code => {
  const module = realpathSync(path)
  const [outermost, ...rest] = module.split(`${sep}node_modules${sep}`)
  if (outermost !== undefined && rest.length > 0) return { module, folder: join(outermost, "node_modules") }
  const folders = withAncestors(dirname(module))
  return { module, folder: folders.find(isPluginPackage) ?? dirname(module) }
}

const isPluginPackage = (folder: string): boolean => {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return typeof manifest === "object" && manifest !== null && "kintsugi" in manifest
  } catch {
    return false
  }
}

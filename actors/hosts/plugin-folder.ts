/** Which folder a plugin's own code lies in: all that its process may read, and all that is ever repaired. */
import { readFileSync, realpathSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import { withAncestors } from "../../plugins/ports/real-path.ts"

export interface Code {
  /** Real path of the module. */
  readonly module: string
  /** What its process may read. */
  readonly folder: string
  /** Of an installed package its own folder only; else the same. */
  readonly root: string
}

/**
 * An installed package: the outermost node_modules it is in, because what it depends on may lie beside it. Otherwise the
 * package whose package.json says that it is a plugin, else the module's own folder: never a project around it.
 *
 * @throws the system's error when there is no such module.
 */
export const codeOf = (path: string): Code => {
  const module = realpathSync(path)
  const installed = `${sep}node_modules${sep}`
  const [outermost, ...rest] = module.split(installed)
  if (outermost !== undefined && rest.length > 0) {
    const [scope = "", name = ""] = rest.at(-1)?.split(sep) ?? []
    const own = join(module.slice(0, module.lastIndexOf(installed) + installed.length), scope)
    return { module, folder: join(outermost, "node_modules"), root: scope.startsWith("@") ? join(own, name) : own }
  }
  const folders = withAncestors(dirname(module))
  const folder = folders.find(isPluginPackage) ?? dirname(module)
  return { module, folder, root: folder }
}

const isPluginPackage = (folder: string): boolean => {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return typeof manifest === "object" && manifest !== null && "kintsugi" in manifest
  } catch {
    return false
  }
}

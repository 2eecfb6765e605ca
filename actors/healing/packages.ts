/** Where what is installed for a plugin lies: a folder of its own, beside nobody else's, outside its own files. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { codeOf } from "../hosts/plugin-folder.ts"

/**
 * @param home The folder of the healing desk.
 * @param root Real absolute path of the plugin's folder.
 * @returns an absolute path at which there need not be anything yet.
 */
export const privatePackages = (home: string, root: string): string =>
  join(home, "packages", createHash("sha256").update(root).digest("hex").slice(0, 16))

/** Of all these modules; one that is not there will say so when it is opened. */
export const packagesOf = (home: string, modules: ReadonlyArray<string>): ReadonlyArray<string> =>
  modules.flatMap((module) => {
    try {
      return privatePackages(home, codeOf(module).root)
    } catch {
      return []
    }
  })

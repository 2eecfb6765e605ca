/** The diff that a seam shows: every changed file, by its path below the plugin's folder. */
import { relative, sep } from "node:path"
import type { Sources } from "../../healing/code.ts"

/**
 * @param before What ran, of every changed file; one that is missing is new.
 * @returns a unified diff that `patch -p1` takes in the plugin's folder; empty when nothing differs.
 */
export const unifiedDiff = async (root: string, before: Sources, after: Sources): Promise<string> => {
  const { FILE_HEADERS_ONLY, formatPatch, structuredPatch } = await import("diff")
  const patches = [...after].toSorted(byPath).flatMap(([path, text]) => {
    const [name, old] = [relative(root, path).split(sep).join("/"), before.get(path)]
    if (old === text) return []
    return [
      structuredPatch(
        old === undefined ? "/dev/null" : `a/${name}`,
        `b/${name}`,
        old ?? "",
        text,
        undefined,
        undefined,
        {
          context: 3
        }
      )
    ]
  })
  return patches.map((patch) => formatPatch(patch, FILE_HEADERS_ONLY)).join("")
}

const byPath = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one < other ? -1 : 1)

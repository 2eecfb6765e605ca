/** The other files of a skill's folder: scripts, references, whatever it brings. */
import { type Dirent, readdirSync } from "node:fs"
import { isAbsolute, join, normalize, sep } from "node:path"
import { firstText } from "../plugins/ports/text-file.ts"
import { isSkillFile } from "./skill-file.ts"

export interface Companions {
  /** Relative paths with `/`, those of a folder before those of the folders in it. */
  readonly files: ReadonlyArray<string>
  readonly moreFiles: number
}

/** Files that are named, and entries that are counted; deeper than that nothing is looked at. */
const most = { named: 50, counted: 2_000, deep: 5 } as const
/** Characters of one that is read. */
const longest = 100_000

const skipped = /^(?:\.git|node_modules|__pycache__|\.DS_Store|\.venv)$/

export const companionsOf = (folder: string): Companions => {
  const files: Array<string> = []
  const folders = [{ at: "", deep: 0 }]
  for (const { at, deep } of folders) {
    const entries = entriesOf(join(folder, at)).filter(({ name }) => !skipped.test(name))
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      if (files.length + folders.length >= most.counted) break
      const path = at === "" ? entry.name : `${at}/${entry.name}`
      if (!entry.isDirectory() && !(at === "" && isSkillFile(entry.name))) files.push(path)
      if (entry.isDirectory() && deep < most.deep) folders.push({ at: path, deep: deep + 1 })
    }
  }
  return { files: files.slice(0, most.named), moreFiles: Math.max(0, files.length - most.named) }
}

const entriesOf = (folder: string): ReadonlyArray<Dirent> => {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** @param path Relative to the folder; what leads out of it, by links too, is refused. */
export const companion = async (
  folder: string,
  path: string
): Promise<{ readonly text: string; readonly more: number } | { readonly problem: string }> => {
  const way = normalize(path)
  if (path === "" || path.includes("\0") || isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`))
    return { problem: `${JSON.stringify(path)} is no path inside the skill's folder` }
  const read = await firstText([join(folder, way)], folder, longest)
  if (read === undefined) return { problem: `the skill has no file ${JSON.stringify(path)}` }
  if (typeof read === "string") return { problem: read }
  const text = read.text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")
  return {
    text,
    more: read.text.length - text.length + Math.max(0, (read.cutFrom ?? 0) - Buffer.byteLength(read.text))
  }
}

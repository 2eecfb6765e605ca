/** `list_files`: a folder as a tree, without what git ignores. */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { defineTool, refuse, type Tool } from "../tool.ts"
import { notThere } from "./missing.ts"
import { cancelled, type Locate } from "./ripgrep.ts"
import { gate, mostFiles, walk } from "./walk.ts"

/** Entries of one answer. */
const mostEntries = 400
const deepest = 20

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: Array<string>
}

export const listFiles = (find: Locate): Tool =>
  defineTool({
    name: "list_files",
    description: "Show a folder as a tree, without git-ignored files.",
    risk: "read",
    input: z.object({
      path: z.string().optional().describe("Default: the working folder"),
      depth: z.int().min(1).max(deepest).optional().describe("Levels, default 3")
    }),
    preview: async ({ path = "." }, { files }) => ({ paths: [await files.resolve(path)] }),
    execute: async ({ path = ".", depth = 3 }, { files, signal }) => {
      const info = await files.stat(path)
      if (info === undefined) return notThere(path, files)
      const shown = files.display(path)
      if (info.kind !== "folder") return refuse("invalid_arguments", `${shown} is a file: use read_file`)
      const root = await files.resolve(path)
      const { paths, cut } = await walk(find, root, signal)
      if (signal.aborted) return cancelled
      const tree = treeOf(paths)
      const fitting = fittingDepth(tree, depth)
      const isOpen = gate(files)
      const lines = await draw(tree, root, fitting, isOpen, "")
      const other = await leftOut(root, tree, isOpen)
      if (other === undefined) return refuse("permission_denied", `${shown} cannot be read by this user`)
      const entries = [...lines.slice(0, mostEntries), ...other]
      const left = lines.length - mostEntries
      if (left > 0) entries.push(`[${left} more entries; list a folder in it, or use glob]`)
      if (fitting < depth) entries.push(`[only ${fitting} of ${depth} levels: there are too many entries]`)
      if (cut) entries.push(`[more than ${mostFiles} files: counts are too low]`)
      return {
        success: true,
        data: entries.join("\n") || "[empty folder]",
        summary: `listed ${shown} (${paths.length} files)`
      }
    }
  })

const treeOf = (paths: ReadonlyArray<string>): Folder => {
  const root = emptyFolder()
  for (const path of paths) {
    const parts = path.split("/")
    const name = parts.pop() ?? ""
    parts.reduce(enter, root).files.push(name)
  }
  return root
}

const emptyFolder = (): Folder => ({ folders: new Map(), files: [] })

const enter = (folder: Folder, name: string): Folder => {
  const inner = folder.folders.get(name) ?? emptyFolder()
  folder.folders.set(name, inner)
  return inner
}

/** The asked depth, or the largest one below it at which the tree is short enough to be shown. */
const fittingDepth = (tree: Folder, depth: number): number =>
  depth === 1 || countEntries(tree, depth) <= mostEntries ? depth : fittingDepth(tree, depth - 1)

const countEntries = ({ folders, files }: Folder, depth: number): number =>
  depth === 0 ? 0 : [...folders.values()].reduce((sum, inner) => sum + 1 + countEntries(inner, depth - 1), files.length)

const countFiles = ({ folders, files }: Folder): number =>
  [...folders.values()].reduce((sum, inner) => sum + countFiles(inner), files.length)

type IsOpen = (path: string) => Promise<boolean>

const draw = async (
  folder: Folder,
  at: string,
  depth: number,
  isOpen: IsOpen,
  indent: string
): Promise<ReadonlyArray<string>> => {
  const lines: Array<string> = []
  const names = [...folder.folders.keys(), ...folder.files].toSorted()
  for (const name of names) {
    // What is beyond the end is only counted.
    if (lines.length <= mostEntries && !(await isOpen(join(at, name)))) continue
    const inner = folder.folders.get(name)
    if (inner === undefined) lines.push(indent + name)
    else if (depth === 1) lines.push(`${indent}${name}/ (${countFiles(inner)} files)`)
    else lines.push(`${indent}${name}/`, ...(await draw(inner, join(at, name), depth - 1, isOpen, `${indent}  `)))
  }
  return lines
}

/** What lies in the folder and is not in the tree: better named than thought missing. `undefined` when that cannot be seen. */
const leftOut = async (root: string, tree: Folder, isOpen: IsOpen): Promise<ReadonlyArray<string> | undefined> => {
  const known = new Set([...tree.folders.keys(), ...tree.files])
  const entries = await readdir(root, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return undefined
  const others = entries.filter(({ name }) => !known.has(name)).slice(0, 50)
  const open = await Promise.all(others.map(({ name }) => isOpen(join(root, name))))
  return others
    .filter((_, n) => open[n])
    .map((entry) => {
      if (entry.isSymbolicLink()) return `${entry.name} (link)`
      return entry.isDirectory() ? `${entry.name}/ (ignored or empty)` : `${entry.name} (ignored)`
    })
}

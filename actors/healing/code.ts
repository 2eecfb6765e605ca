/** A plugin's own code for the strategies: read from its folder, with the texts that run in place of files. */
import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import type { Code, Sources } from "../../healing/code.ts"
import { codeOf as folderOf } from "../hosts/plugin-folder.ts"

/** Files, and bytes of one: beyond that it is no plugin that anybody mends. */
const most = { files: 500, bytes: 2 * 1024 * 1024 }

const isCode = (path: string): boolean => /\.[cm]?[jt]s$/.test(path) && !/\.d\.[cm]?ts$/.test(path)

export interface CodeOptions {
  /** Its first module. */
  readonly module: string
  readonly sources?: Sources
}

/**
 * Looks at the disk when it is asked, so it tells what is there then. Links are neither followed nor told of.
 *
 * @throws the system's error when there is no such module.
 */
export const codeOf = ({ module: path, sources = new Map() }: CodeOptions): Code => {
  const { module, root } = folderOf(path)
  const isPackage = root !== dirname(module) || readText(join(root, "package.json")) !== undefined
  const isIts = (file: string) => isPackage || file === module || !isOther(file, root)
  return {
    root,
    module,
    files: () => filesIn(root).filter(isIts),
    read: (file) => (isOwn(file, root) && isIts(file) ? (sources.get(file) ?? readText(file)) : undefined),
    manifest: () => manifestIn(root)
  }
}

/** Inside, a real path as it stands, and nobody's dependency. */
const isOwn = (file: string, root: string): boolean => {
  if (!file.startsWith(`${root}${sep}`) || file.slice(root.length).split(sep).includes("node_modules")) return false
  try {
    return realpathSync(file) === file
  } catch {
    return false
  }
}

/** Breadth first, in the order of their names: what is nearest to the plugin's root counts when there are too many. */
const filesIn = (root: string): ReadonlyArray<string> => {
  const files: Array<string> = []
  const folders = [root]
  for (const folder of folders) {
    for (const { name, ...entry } of entriesOf(folder)) {
      const path = join(folder, name)
      if (entry.isFolder && name !== "node_modules" && !name.startsWith(".") && folders.length < most.files)
        folders.push(path)
      if (entry.isFile && isCode(path)) files.push(path)
      if (files.length === most.files) return files
    }
  }
  return files
}

interface Entry {
  readonly name: string
  readonly isFile: boolean
  readonly isFolder: boolean
}

const entriesOf = (folder: string): ReadonlyArray<Entry> => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFile: entry.isFile(), isFolder: entry.isDirectory() }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch {
    return []
  }
}

/** A regular file's text; one that is known elsewhere under another name is not this plugin's alone. */
const readText = (path: string): string | undefined => {
  try {
    const info = lstatSync(path)
    if (!info.isFile() || info.nlink !== 1 || info.size > most.bytes) return undefined
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Another plugin, where plugins of one file each lie side by side. */
const isOther = (file: string, root: string): boolean => {
  const text = dirname(file) === root ? (readText(file) ?? "") : ""
  return /\bexport\s+default\b|\bmodule\.exports\b/.test(text) && /\btools\b/.test(text)
}

const manifestIn = (root: string): ReturnType<Code["manifest"]> => {
  try {
    const value: unknown = JSON.parse(readText(join(root, "package.json")) ?? "")
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

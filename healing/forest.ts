/** A plugin's files as trees, each parsed once. */
import type { Code } from "./code.ts"
import { type File, type NodePath, parseSource, type Program, programOf } from "./syntax.ts"

export interface Tree {
  /** Real absolute path. */
  readonly file: string
  readonly source: string
  readonly ast: File
  readonly program: NodePath<Program>
}

/** Gives the tree of a file; `undefined` when it is not the plugin's own or cannot be parsed. */
export type Forest = (path: string) => Tree | undefined

export const forestOf = (code: Code): Forest => {
  const trees = new Map<string, Tree | undefined>()
  return (path) => {
    if (!trees.has(path)) trees.set(path, plant(code, path))
    return trees.get(path)
  }
}

/** Trees of files that are only read, each parsed again when its text has changed. */
const shelves = new WeakMap<Code, Map<string, Tree>>()

/** The tree of a file that nobody changes; `undefined` when it is not the plugin's own or cannot be parsed. */
export const readTree = (code: Code, path: string): Tree | undefined => {
  const shelf = shelves.get(code) ?? new Map<string, Tree>()
  shelves.set(code, shelf)
  const known = shelf.get(path)
  if (known !== undefined && known.source === code.read(path)) return known
  const tree = plant(code, path)
  if (tree !== undefined) shelf.set(path, tree)
  return tree
}

const plant = (code: Code, file: string): Tree | undefined => {
  const source = /\.[cm]?[jt]s$/.test(file) ? code.read(file) : undefined
  if (source === undefined) return undefined
  try {
    const ast = parseSource(file, source)
    return { file, source, ast, program: programOf(ast) }
  } catch {
    // What cannot be parsed has no tree to be mended in.
    return undefined
  }
}

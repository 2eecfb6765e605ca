/** Reads context files with what they import: each file once, no text twice, in the order in which a model reads them. */
import { realpath, stat } from "node:fs/promises"
import { dirname, isAbsolute, join } from "node:path"
import { type TextFile, textAt } from "../../plugins/ports/text-file.ts"
import { readMarkdown } from "./markdown.ts"
import type { Owner } from "./owner.ts"

export interface Gathered extends TextFile {
  readonly owner: Owner["kind"]
  /** Path of the file that imports it. */
  readonly importedBy?: string
}

export interface LeftOut {
  readonly path: string
  /** For people. */
  readonly reason: string
}

/** A rule that is for some files only. */
export interface Scoped {
  readonly path: string
  readonly owner: Owner
  /** As written: globs, from the folder that holds `.claude`. */
  readonly patterns: ReadonlyArray<string>
}

/** A file that may be there. */
export interface Place {
  readonly path: string
  /** Of `.claude/rules`: its frontmatter says what it is for, and counts unless it is taken anyway. */
  readonly rule?: "scoped" | "anyway"
}

export interface Gatherer {
  /** What was read, each behind what it imports. */
  readonly files: ReadonlyArray<Gathered>
  readonly scoped: ReadonlyArray<Scoped>
  /** What there is and was not read, each once. */
  readonly leftOut: () => ReadonlyArray<LeftOut>
  /** Files that say what another one said before. */
  readonly repeated: ReadonlyArray<LeftOut>
  /** @returns whether there is such a file, and something in it. */
  readonly add: (place: Place, owner: Owner) => Promise<boolean>
  /** It counts as read. */
  readonly skip: (real: string) => void
}

export interface GatherParts {
  readonly home: string
  /** Characters that are wanted of one file. */
  readonly limit: number
  /** What was read before. */
  readonly before?: ReadonlyArray<Gathered>
}

/** Imports of imports: https://code.claude.com/docs/en/memory (five until 2026). */
const deepest = 4

/** Imports in all: files that are read, and paths that are looked for. */
const most = { files: 100, paths: 1000 }

interface Step extends Place {
  readonly owner: Owner
  readonly importedBy?: string
  /** Imports that lead to it. */
  readonly hops: number
}

export const gatherer = ({ home, limit, before = [] }: GatherParts): Gatherer => {
  const files: Array<Gathered> = []
  const scoped: Array<Scoped> = []
  const repeated: Array<LeftOut> = []
  const refused = new Map<string, LeftOut>()
  /** By real path: imports that were not followed. */
  const unfollowed = new Map<string, LeftOut>()
  /** By real path: with how few hops it was reached. */
  const reached = new Map(before.map(({ real }) => [real, 0]))
  /** Paths by what they say. */
  const said = new Map(before.map(({ text, path }) => [text.trim(), path]))
  const count = { files: 0, paths: 0 }

  const visit = async (step: Step): Promise<boolean> => {
    const { path, owner, hops } = step
    const found = await textAt(path, hops === 0 ? owner.mayRead : owner.mayImport, limit)
    if (found === undefined) return false
    if (typeof found === "string") {
      refused.set(path, { path, reason: found.replace(`${path} was left out: `, "") })
      return true
    }
    const known = reached.get(found.real)
    if (known !== undefined && known <= hops) return true
    const { text: whole, patterns } = await bodyOf(found.text, step)
    if (patterns !== undefined) return scoped.push({ path, owner, patterns }) > 0
    reached.set(found.real, hops)
    const { text, mentions } = readMarkdown(whole)
    for (const one of mentions) await follow(one, found, step)
    if (known === undefined) keep({ ...found, text }, step)
    return text.trim() !== ""
  }

  const keep = (file: TextFile, { path, owner, importedBy }: Step): void => {
    const text = file.text.trim()
    if (text === "") return
    const twin = said.get(text)
    if (twin !== undefined) return void repeated.push({ path, reason: `it says the same as ${twin}` })
    said.set(text, path)
    files.push({ ...file, owner: owner.kind, ...(importedBy !== undefined && { importedBy }) })
  }

  /** An `@` before anything but a file means nothing. */
  const follow = async (mention: string, from: TextFile, { path: importedBy, owner, hops }: Step): Promise<void> => {
    if (count.paths++ >= most.paths) return
    const path = await fileOf(mention, from, home)
    if (path === undefined) return
    const real = await realpath(path).catch(() => path)
    if ((reached.get(real) ?? Infinity) <= hops + 1) return
    if (hops < deepest && count.files++ < most.files)
      return void (await visit({ path, owner, importedBy, hops: hops + 1 }))
    const why =
      hops === deepest ? `more than ${deepest} imports lead to it` : `more than ${most.files} files are imported`
    unfollowed.set(real, { path, reason: `${why}; ${importedBy} names it` })
  }

  return {
    files,
    scoped,
    leftOut: () => [...refused.values(), ...[...unfollowed].flatMap(([real, one]) => (reached.has(real) ? [] : [one]))],
    repeated,
    add: (place, owner) => visit({ ...place, owner, hops: 0 }),
    skip: (real) => void reached.set(real, 0)
  }
}

/** What a rule says is loaded with a parser of frontmatter, when one has any. */
const bodyOf = async (text: string, { rule }: Step): Promise<{ text: string; patterns?: ReadonlyArray<string> }> => {
  if (rule === undefined || !/^\s*---/.test(text)) return { text }
  const read = (await import("./rule.ts")).readRule(text)
  return rule === "anyway" ? { text: read.text } : read
}

/** As written, without what ends a sentence, without a part's name; beside the file as it was found, and where it really lies. */
const fileOf = async (mention: string, from: TextFile, home: string): Promise<string | undefined> => {
  const spellings = new Set([mention, mention.replace(/[.,;:!?)\]}>'"*_]+$/, ""), mention.replace(/#.*$/, "")])
  const folders = new Set([dirname(from.path), dirname(from.real)])
  for (const spelling of spellings) {
    for (const folder of folders) {
      const path = located(spelling, folder, home)
      if ((await stat(path).catch(() => undefined))?.isFile() === true) return path
    }
  }
  return undefined
}

const located = (path: string, folder: string, home: string): string => {
  if (path.startsWith("~/")) return join(home, path.slice(2))
  return isAbsolute(path) ? path : join(folder, path)
}

/** Finds the SKILL.md files below a folder, or all Markdown files: in a bounded time, whatever lies there, links in circles included. */
import { type Dirent, readdirSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { isSkillFile, reasonOf } from "./skill-file.ts"

/** How deep files may lie, and how many folders are looked at: as the guide for clients advises. */
const depth = 6
const folders = 2_000

/** Other people's things, where no skill is meant. */
const skipped = new Set([".git", "node_modules"])

export interface Step {
  /** A SKILL.md, absolute. */
  readonly path?: string
  /** What could not be looked at, for people. */
  readonly notice?: string
}

/**
 * A step for each folder, so that whoever walks may rest between two. A folder with a SKILL.md is a skill, and what lies in it is
 * its own; only beside a SKILL.md of the first folder others are looked for.
 *
 * @param seen Folders that were looked at before, by device and number; they are left out.
 */
export function* walk(root: string, seen: Set<string>): Generator<Step> {
  const goesOn = ({ entries, deep }: Visited): boolean => deep === 0 || skillFileIn(entries) === undefined
  for (const visited of visit(root, seen, goesOn)) {
    if ("notice" in visited) yield visited
    else {
      const file = skillFileIn(visited.entries)
      yield file === undefined ? {} : { path: join(visited.folder, file) }
    }
  }
}

export interface MarkdownStep {
  /** Markdown files of one folder, absolute, by name. */
  readonly paths: ReadonlyArray<string>
  /** Names of the folders between the first one and theirs; none for files of the first. */
  readonly below: ReadonlyArray<string>
  readonly notice?: string
}

/**
 * The same for every Markdown file below a folder; `root` may be one such file.
 *
 * @param seen As for `walk`.
 */
export function* walkMarkdown(root: string, seen: Set<string>): Generator<MarkdownStep> {
  if (isMarkdown(root) && isFile(root)) return yield { paths: [root], below: [] }
  for (const visited of visit(root, seen, () => true)) {
    if ("notice" in visited) yield { paths: [], below: [], notice: visited.notice }
    else {
      const { folder, entries } = visited
      const files = entries.filter((entry) => isMarkdown(entry.name) && !entry.isDirectory())
      const below = relative(root, folder).split(sep)
      yield {
        paths: files.map(({ name }) => join(folder, name)).toSorted(),
        below: below.filter((name) => name !== "")
      }
    }
  }
}

const isFile = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
  } catch {
    // Whoever looks into it says what is wrong.
    return false
  }
}

const isMarkdown = (name: string): boolean => /\.md$/i.test(name)

interface Visited {
  readonly folder: string
  /** How far below the first. */
  readonly deep: number
  readonly entries: ReadonlyArray<Dirent>
}

/** @param goesOn Whether what lies below is looked at, too. */
function* visit(
  root: string,
  seen: Set<string>,
  goesOn: (visited: Visited) => boolean
): Generator<Visited | { readonly notice: string }> {
  const waiting: Array<Place> = [{ folder: root, deep: 0, link: false }]
  let count = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, deep } = next
    if (count++ > folders) {
      yield { notice: `${root} holds more than ${folders} folders; no more of them were looked at` }
      return
    }
    const entries = entriesOf(next, seen)
    if (typeof entries === "string") {
      yield { notice: entries }
      continue
    }
    const visited = { folder, deep, entries }
    yield visited
    if (deep < depth && goesOn(visited)) for (const one of below(next, entries)) waiting.push(one)
  }
}

interface Place {
  readonly folder: string
  readonly deep: number
  /** It may be a link to a file, or to nothing. */
  readonly link: boolean
}

const entriesOf = ({ folder, deep, link }: Place, seen: Set<string>): ReadonlyArray<Dirent> | string => {
  try {
    const { dev, ino } = statSync(folder)
    const mark = `${dev}:${ino}`
    if (seen.has(mark)) return []
    seen.add(mark)
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    const isMeant = deep === 0 ? code !== "ENOENT" : deep === 1 || !link
    return isMeant && !(link && code === "ENOTDIR") ? `${folder} was left out: ${reasonOf(error)}` : []
  }
}

const skillFileIn = (entries: ReadonlyArray<Dirent>): string | undefined => {
  const names = entries.filter((entry) => !entry.isDirectory() && isSkillFile(entry.name)).map(({ name }) => name)
  return names.includes("SKILL.md") ? "SKILL.md" : names.toSorted()[0]
}

/** From the last to the first by name: the first is taken next. */
const below = ({ folder, deep }: Place, entries: ReadonlyArray<Dirent>): ReadonlyArray<Place> =>
  entries
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && !isMarkdown(entry.name)))
    .filter((entry) => !skipped.has(entry.name))
    .map((entry) => ({ folder: join(folder, entry.name), deep: deep + 1, link: entry.isSymbolicLink() }))
    .toSorted((one, other) => (one.folder < other.folder ? 1 : -1))

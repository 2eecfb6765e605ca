/** Finds the SKILL.md files below a folder: in a bounded time, whatever lies there, links in circles included. */
import { type Dirent, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { isSkillFile, reasonOf } from "./skill-file.ts"

/** How deep skills may lie, and how many folders are looked at: as the guide for clients advises. */
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
    const file = skillFileIn(entries)
    yield file === undefined ? {} : { path: join(folder, file) }
    if (deep < depth && (file === undefined || deep === 0)) for (const one of below(next, entries)) waiting.push(one)
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
    .filter((entry) => !skipped.has(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()))
    .map((entry) => ({ folder: join(folder, entry.name), deep: deep + 1, link: entry.isSymbolicLink() }))
    .toSorted((one, other) => (one.folder < other.folder ? 1 : -1))

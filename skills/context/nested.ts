/**
 * Instructions that are read when an agent comes to a file they are for: those of the folders between the working folder, or the
 * project's root, and the file; and rules for its path. Each once, until they are forgotten with the conversation.
 */
import { dirname, join, relative, sep } from "node:path"
import type Picomatch from "picomatch"
import { absolute, isInside, realPath } from "../../plugins/ports/real-path.ts"
import { addAll, type ContextFiles, type Reading } from "../context-files.ts"
import { type ContextFile, fit } from "./fit.ts"
import { gatherer, type Gathered, type Scoped } from "./gather.ts"
import { foldersBetween, placesIn } from "./places.ts"

export interface NestedFiles {
  /** @param path As a tool was given it. Never rejects. @returns what was not read before, the nearest last. */
  readonly of: (path: string) => Promise<ReadonlyArray<ContextFile>>
  /** The conversation in which they stood is gone: they are read anew when they are wanted. */
  readonly forget: () => void
}

/** Characters of all that one call brings. */
const most = 10_000

/** Other people's things, where no instructions are meant for an agent. */
const foreign = new Set([".git", "node_modules"])

export const nestedFiles = (
  reading: Reading,
  { files, scoped }: Pick<ContextFiles, "files" | "scoped">
): NestedFiles => {
  const { root, cwd, owners } = reading
  const known = foldersBetween(root, cwd)
  let looked = new Set(known)
  let read: ReadonlyArray<Gathered> = files
  let rules = scoped
  let turn: Promise<unknown> = Promise.resolve()

  const look = async (given: string): Promise<ReadonlyArray<ContextFile>> => {
    const path = absolute(given, cwd)
    const folders = foldersBelow(root, path).filter((folder) => !looked.has(folder))
    if (folders.length === 0 && rules.length === 0) return []
    const real = await realPath(path)
    // What leads elsewhere is another project's.
    if (!isInside(real, await realPath(root))) return []
    const gather = gatherer({ ...reading, limit: most, before: read })
    // It has just been read itself.
    gather.skip(real)
    for (const folder of folders) {
      looked.add(folder)
      await addAll(gather, await placesIn(folder), owners.project)
    }
    const all = [...rules, ...gather.scoped]
    const meant = await matching(all, reading, path)
    for (const { path, owner } of meant) await gather.add({ path, rule: "anyway" }, owner)
    rules = all.filter((one) => !meant.includes(one))
    read = [...read, ...gather.files]
    return fit(gather.files, most).files
  }

  return {
    of: (path) => {
      const next = turn.then(() => look(path)).catch(() => [])
      turn = next
      return next
    },
    forget: () => {
      looked = new Set(known)
      read = files
      rules = scoped
    }
  }
}

/** From the root down to the folder of a file; none for what lies elsewhere. */
const foldersBelow = (root: string, path: string): ReadonlyArray<string> => {
  if (!isInside(path, root) || path === root) return []
  const parts = relative(root, dirname(path)).split(sep).filter(Boolean)
  if (parts.some((part) => foreign.has(part))) return []
  return parts.map((_, at) => join(root, ...parts.slice(0, at + 1)))
}

/** Patterns go from the folder that holds `.claude`; a user's from the project's root. */
const matching = async (
  rules: ReadonlyArray<Scoped>,
  { root }: Reading,
  path: string
): Promise<ReadonlyArray<Scoped>> => {
  if (rules.length === 0) return []
  const [{ default: picomatch }, { inTime, TooLong }] = await Promise.all([
    import("picomatch"),
    import("../../plugins/mcp/in-time.ts")
  ])
  const isFor = ({ path: rule, owner, patterns }: Scoped): boolean => {
    const base = owner.kind === "user" ? root : rule.slice(0, rule.lastIndexOf(`${sep}.claude${sep}`))
    if (!isInside(path, base)) return false
    const name = relative(base, path).split(sep).join("/")
    return patterns.some((pattern) => matches(picomatch, pattern, name))
  }
  const found: Array<Scoped> = []
  try {
    inTime(() => rules.forEach((rule) => isFor(rule) && found.push(rule)))
  } catch (error) {
    // Who wrote patterns that take for ever has no rules after them.
    if (!(error instanceof TooLong)) throw error
  }
  return found
}

/** One that is no glob matches nothing; nor does one that would take for ever, since anybody may have written it. */
const matches = (picomatch: typeof Picomatch, pattern: string, name: string): boolean => {
  if (pattern.length > 300 || count(pattern, /\{/g) > 5 || count(pattern, /\*\*/g) > 3) return false
  if (pattern.split("/").some((part) => count(part, /\*+/g) > 3)) return false
  try {
    return picomatch.isMatch(name, pattern.replace(/^\.\//, ""), { dot: true, noextglob: true })
  } catch {
    return false
  }
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0

/** Where context files may lie: of the user, and of each folder between a project's root and the working folder. */
import { lstat } from "node:fs/promises"
import { dirname, isAbsolute, join } from "node:path"
import type { Place } from "./gather.ts"

/** Of these the first in which something stands counts. */
export type Choice = ReadonlyArray<Place>

const rules = join(".claude", "rules")

/**
 * In the order in which they are read; what is one's own comes last. `AGENTS.override.md` stands in for AGENTS.md as in Codex
 * (https://developers.openai.com/codex/guides/agents-md), the others are Claude Code's (https://code.claude.com/docs/en/memory).
 */
const inFolder: ReadonlyArray<ReadonlyArray<string>> = [
  ["AGENTS.override.md", "AGENTS.md"],
  [join(".claude", "AGENTS.md")],
  ["CLAUDE.md"],
  [join(".claude", "CLAUDE.md")],
  [rules],
  ["CLAUDE.local.md"]
]

/** What users have written for other agents is often the same words again: the first of these stands for all. */
const ofUser: ReadonlyArray<ReadonlyArray<string>> = [
  [
    join(".claude", "CLAUDE.md"),
    join(".codex", "AGENTS.override.md"),
    join(".codex", "AGENTS.md"),
    join(".agents", "AGENTS.md")
  ],
  [rules]
]

export const placesIn = (folder: string): Promise<ReadonlyArray<Choice>> => placesOf(folder, inFolder)

/** @param others Those that were written for other agents count, too. */
export const placesOfUser = async (home: string, config: string, others: boolean): Promise<ReadonlyArray<Choice>> => [
  ...(others ? await placesOf(home, ofUser) : []),
  [{ path: join(config, "AGENTS.md") }]
]

const placesOf = async (
  folder: string,
  names: ReadonlyArray<ReadonlyArray<string>>
): Promise<ReadonlyArray<Choice>> => {
  const choices = names.map((choice) => choice.map((name) => join(folder, name)))
  const there = await existing(choices.flat())
  const found = choices.map((choice) => choice.filter((path) => there.has(path))).filter((choice) => choice.length > 0)
  const places = found.map(async (choice) =>
    choice[0] === join(folder, rules) ? rulesIn(choice[0]) : [choice.map((path) => ({ path }))]
  )
  return (await Promise.all(places)).flat()
}

const existing = async (paths: ReadonlyArray<string>): Promise<ReadonlySet<string>> => {
  const found = await Promise.all(
    paths.map((path) =>
      lstat(path).then(
        () => [path],
        () => []
      )
    )
  )
  return new Set(found.flat())
}

/** Of one folder: rules that are read, and folders that are looked into for them. */
const most = { rules: 200, folders: 200 }

const rulesIn = async (folder: string): Promise<ReadonlyArray<Choice>> => {
  const { walkMarkdown } = await import("../walk.ts")
  const found: Array<string> = []
  let folders = 0
  for (const { paths } of walkMarkdown(folder, new Set())) {
    found.push(...paths)
    if (found.length > most.rules || ++folders === most.folders) break
  }
  return found.slice(0, most.rules).map((path) => [{ path, rule: "scoped" as const }])
}

/** Every path whose change may change what is read, whether it is there or not. */
export const lookedAt = (home: string, config: string, folders: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...ofUser.flat().map((name) => join(home, name)),
  join(config, "AGENTS.md"),
  ...folders.flatMap((folder) => inFolder.flat().map((name) => join(folder, name)))
]

/** @param configured `$XDG_CONFIG_HOME`; its specification says that a relative one is to be ignored. */
export const configFolder = (home: string, configured = ""): string =>
  join(isAbsolute(configured) ? configured : join(home, ".config"), "kintsugi")

/** The nearest folder upward with a `.git` (a folder, or a file in worktrees and submodules); without one, the folder itself. */
export const rootOf = async (folder: string): Promise<string> => {
  for (let one = folder; ; one = dirname(one)) {
    const git = await lstat(join(one, ".git")).catch(() => undefined)
    if (git !== undefined) return one
    if (dirname(one) === one) return folder
  }
}

export const foldersBetween = (root: string, folder: string): ReadonlyArray<string> =>
  folder === root ? [root] : [...foldersBetween(root, dirname(folder)), folder]

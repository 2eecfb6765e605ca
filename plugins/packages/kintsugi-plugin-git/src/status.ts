/** `git_status`: the branch and what differs from its last commit. */
import { defineTool } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine } from "./command.ts"
import { folderOf, run, type Said } from "./git.ts"
import * as fields from "./input.ts"
import { shown, unquote } from "./names.ts"

/** Files that are named in one group. */
const mostNames = 100

/** Where the folder lies in its repository (empty at its root), then the state of that folder, a line for each file. */
const command = `${commandLine(["rev-parse", "--show-prefix"])} && ${commandLine(["status", "--porcelain=v2", "--branch", "--show-stash", "--", "."])}`

export const status = defineTool({
  name: "git_status",
  description: "State of the git repository: branch, staged, changed, untracked and conflicting files.",
  risk: "read",
  input: z.object({ folder: fields.folder }),
  examples: [
    {
      input: {},
      commands: {
        [command]:
          "\n# branch.oid 1111111111111111111111111111111111111111\n# branch.head main\n# branch.upstream origin/main\n" +
          "# branch.ab +2 -1\n1 M. N... 100644 100644 100644 1 2 src/words.ts\n" +
          "2 R. N... 100644 100644 100644 1 2 R100 new name.ts\told.ts\n? todo.md\n"
      },
      output:
        "branch main, 2 ahead of and 1 behind origin/main\n\nstaged:\n  modified   src/words.ts\n" +
        "  renamed    old.ts → new name.ts\n\nuntracked:\n  todo.md"
    }
  ],
  execute: async ({ folder }, context) => {
    const place = await folderOf(folder, context)
    const said = await run(command, context, { folder: place, limit: 1_000_000 })
    const { text, files } = describe(said)
    return { success: true, data: text, summary: files === 0 ? "nothing has changed" : `${files} files differ` }
  }
})

const letters: Readonly<Record<string, string>> = {
  M: "modified",
  T: "type changed",
  A: "new",
  D: "deleted",
  R: "renamed",
  C: "copied"
}

const conflicts: Readonly<Record<string, string>> = {
  DD: "deleted by both",
  AU: "added by us",
  UD: "deleted by them",
  UA: "added by them",
  DU: "deleted by us",
  AA: "added by both",
  UU: "changed by both"
}

interface Groups {
  readonly conflicts: Array<string>
  readonly staged: Array<string>
  readonly changed: Array<string>
  readonly untracked: Array<string>
}

const describe = ({ text, isCut }: Said): { readonly text: string; readonly files: number } => {
  const [prefix = "", ...lines] = text.split("\n")
  const groups: Groups = { conflicts: [], staged: [], changed: [], untracked: [] }
  for (const line of lines) sort(line, groups)
  const files = Object.values(groups).reduce((sum, names: ReadonlyArray<string>) => sum + names.length, 0)
  const parts = [
    headOf(lines),
    section("conflicts, to be resolved", groups.conflicts),
    section("staged", groups.staged),
    section("changed, not staged", groups.changed),
    section("untracked", groups.untracked),
    files === 0 ? "nothing has changed" : "",
    prefix === "" ? "" : `[only what is in ${prefix}]`,
    isCut ? "[there are more files than can be listed; ask for a folder]" : ""
  ]
  return { text: parts.filter((part) => part !== "").join("\n\n"), files }
}

/**
 * The fields of git's second porcelain format. The name is the last of them, and of a renaming two with a tab between, the
 * new one first.
 */
const sort = (line: string, groups: Groups): void => {
  const words = line.split(" ")
  const names = (from: number) => words.slice(from).join(" ").split("\t").map(unquote).map(shown)
  const [kind, state = ""] = words
  if (kind === "?") groups.untracked.push(...names(1))
  else if (kind === "u") groups.conflicts.push(`${(conflicts[state] ?? state).padEnd(16)} ${names(10).join()}`)
  else if (kind === "1" || kind === "2") both(state, names(kind === "1" ? 8 : 9), groups)
}

/** A file may be changed once more since it was staged. */
const both = (
  [staged = ".", changed = "."]: string,
  [name = "", before]: ReadonlyArray<string>,
  groups: Groups
): void => {
  const told = (letter: string) =>
    `${(letters[letter] ?? letter).padEnd(10)} ${/[RC]/.test(letter) ? `${before} → ${name}` : name}`
  if (staged !== ".") groups.staged.push(told(staged))
  if (changed !== ".") groups.changed.push(told(changed))
}

const headOf = (lines: ReadonlyArray<string>): string => {
  const field = (name: string) => lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3)
  const [oid, head, upstream] = [field("branch.oid"), field("branch.head"), field("branch.upstream")]
  const where = head === "(detached)" ? `no branch, at ${oid?.slice(0, 10)} (detached)` : `branch ${head}`
  const [, ahead = "0", behind = "0"] = /\+(\d+) -(\d+)/.exec(field("branch.ab") ?? "") ?? []
  const distance = [ahead === "0" ? "" : `${ahead} ahead of`, behind === "0" ? "" : `${behind} behind`].filter(Boolean)
  const stashes = field("stash")
  return [
    where,
    oid === "(initial)" ? ", no commits yet" : "",
    upstream === undefined ? "" : `, ${distance.length === 0 ? "even with" : distance.join(" and ")} ${upstream}`,
    stashes === undefined ? "" : `, ${stashes} stashed`
  ].join("")
}

const section = (title: string, names: ReadonlyArray<string>): string => {
  if (names.length === 0) return ""
  const rest = names.length > mostNames ? [`… and ${names.length - mostNames} more`] : []
  return [`${title}:`, ...[...names.slice(0, mostNames), ...rest].map((name) => `  ${name}`)].join("\n")
}

/**
 * What a commit would hold, found out without touching the repository: an index and a store of objects of its own, in a
 * temporary folder, are filled as the real ones would be.
 */
import { join } from "node:path"
import { PortError, type ToolContext } from "kintsugi/plugin"
import { commandLine } from "./command.ts"
import { type RunOptions, run } from "./git.ts"
import { unquote } from "./names.ts"

export interface Selection {
  /** Pathspecs; absent: what is staged already. */
  readonly paths: ReadonlyArray<string> | undefined
  /** What else is staged goes along. */
  readonly withStaged: boolean
}

export interface Staging {
  /** Id of the tree that it would record. */
  readonly tree: string
  /** Hooks of the repository that would run. */
  readonly hooks: ReadonlyArray<string>
  /** Absolute paths of the files that it would change; absent when there are too many to be listed. */
  readonly paths?: ReadonlyArray<string>
  /** What it would change. */
  readonly diff: string
  readonly files: number
}

/** Characters of the changes in a question. */
const shownDiff = 20_000

const commitHooks = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]

/** @throws PortError when there is nothing to commit, or it cannot be committed. */
export const stage = async (
  { paths, withStaged }: Selection,
  context: ToolContext,
  options: RunOptions
): Promise<Staging> => {
  const { text, isCut } = await run(stagingScript({ paths, withStaged }), context, options)
  const [tree = "", hooks = "", shortstat = "", top = "", ...rest] = text.split("\n")
  if (!/^[0-9a-f]{40,64}$/.test(tree))
    throw new PortError("execution_error", `git said what is not understood: ${text}`)
  if (shortstat === "") {
    const advice = "say with paths or all what to commit; git_status shows what there is"
    throw new PortError(
      "invalid_arguments",
      `${paths === undefined ? "nothing is staged" : "nothing of it has changed"}; ${advice}`
    )
  }
  const end = rest.indexOf("")
  const diff = end === -1 ? "" : rest.slice(end + 1).join("\n")
  return {
    ...(end !== -1 && { paths: rest.slice(0, end).map((name) => join(top, unquote(name))) }),
    tree,
    hooks: hooks.split(" ").filter((hook) => hook !== ""),
    diff:
      diff.length > shownDiff || isCut
        ? `${diff.slice(0, shownDiff)}
[there is more]`
        : diff,
    files: Number(/\d+/.exec(shortstat)?.[0] ?? 0)
  }
}

/** Prints the tree, the hooks, the figures, where the repository is, the names, and after an empty line the changes. */
export const stagingScript = ({ paths, withStaged }: Selection): string => {
  const add = paths === undefined ? "" : `${commandLine(["add", "--all", "--", ...paths])} &&`
  const head = commandLine(["rev-parse", "--verify", "--quiet", "HEAD"])
  // A commit of some paths leaves what else is staged where it is, so it begins at the last commit.
  // The time of the index tells git which files may have changed in the same moment, so it is kept.
  const begin = withStaged
    ? `{ [ ! -f "$index" ] || cp -p "$index" "$dir/index"; }`
    : `{ ! ${head} >/dev/null || GIT_INDEX_FILE="$dir/index" ${commandLine(["read-tree", "HEAD"])}; }`
  const changes = ["diff", "--cached", "--no-ext-diff", "--no-textconv"]
  return [
    `dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT &&`,
    `index=$(${commandLine(["rev-parse", "--path-format=absolute", "--git-path", "index"])}) &&`,
    `objects=$(${commandLine(["rev-parse", "--path-format=absolute", "--git-path", "objects"])}) &&`,
    `hooks=$(${commandLine(["rev-parse", "--path-format=absolute", "--git-path", "hooks"])}) &&`,
    `${begin} &&`,
    `export GIT_INDEX_FILE="$dir/index" GIT_OBJECT_DIRECTORY="$dir/objects" GIT_ALTERNATE_OBJECT_DIRECTORIES="$objects" &&`,
    `mkdir "$dir/objects" && ${add}`,
    `${commandLine(["write-tree"])} &&`,
    `for hook in ${commitHooks.join(" ")}; do [ ! -x "$hooks/$hook" ] || printf '%s ' "$hook"; done && echo &&`,
    `stat=$(${commandLine([...changes, "--shortstat"])}) && echo "$stat" &&`,
    `${commandLine(["rev-parse", "--show-toplevel"])} && ${commandLine([...changes, "--name-only", "--no-renames"])} && echo &&`,
    commandLine([...changes, "--patch"])
  ].join(" ")
}

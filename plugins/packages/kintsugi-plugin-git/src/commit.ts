/** `git_commit`: records changes, after whoever is asked has seen them. */
import { defineTool, PortError, type ToolContext } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine } from "./command.ts"
import { folderOf, run } from "./git.ts"
import * as fields from "./input.ts"
import { pathsOf } from "./names.ts"
import { type Selection, type Staging, stage, stagingScript } from "./staging.ts"

const input = z.object({
  message: z.string().trim().min(1),
  paths: fields.paths.describe("Only these, new ones too, whatever else is staged"),
  all: z.boolean().optional().describe("Everything in the folder, new files too"),
  folder: fields.folder
})

type Input = z.infer<typeof input>

/** Characters of names and changes that are looked at. */
const mostLooked = 300_000

/** Trees that were shown to somebody, by what was asked for; the newest ones. */
const seen = new Map<string, string>()
const mostSeen = 50

const remember = (key: string, tree: string): void => {
  seen.delete(key)
  seen.set(key, tree)
  for (const [oldest] of [...seen].slice(0, -mostSeen)) seen.delete(oldest)
}

const scriptOf = (message: string, selection: Selection): string =>
  [
    ...(selection.paths === undefined ? [] : [commandLine(["add", "--all", "--", ...selection.paths])]),
    commandLine(lineOf(message, selection)),
    commandLine(["log", "--max-count=1", "--format=[%h] %s", "--shortstat", "HEAD", "--"])
  ].join(" && ")

/** `--only`: what else is staged stays staged. */
const lineOf = (message: string, { paths, withStaged }: Selection): ReadonlyArray<string> => [
  "commit",
  "--quiet",
  `--message=${message}`,
  ...(withStaged || paths === undefined ? [] : ["--only", "--", ...paths])
]

const staged: Selection = { paths: undefined, withStaged: true }

export const commit = defineTool({
  name: "git_commit",
  description: "Commit what is staged, or the given paths, or all. The repository's hooks run as for any commit.",
  risk: "execute",
  input,
  examples: [
    {
      input: { message: "Count words" },
      commands: {
        [stagingScript(staged)]:
          `${"1".repeat(40)}\n\n 1 file changed, 1 insertion(+)\n/work\nwords.ts\n\ndiff --git a/words.ts b/words.ts\n`,
        [scriptOf("Count words", staged)]: "[1a2b3c4] Count words\n\n 1 file changed, 1 insertion(+)\n"
      },
      output: "[1a2b3c4] Count words\n\n 1 file changed, 1 insertion(+)\n"
    }
  ],
  preview: async (input, context) => {
    const { staging } = await look(input, context)
    remember(keyOf(input, context), staging.tree)
    const { files, hooks, diff, paths } = staging
    const running = hooks.length === 0 ? "" : `, which runs ${hooks.join(" and ")}`
    return {
      // No command: the question then shows the files and the changes, and rules match the files.
      ...(paths !== undefined && { paths }),
      diff,
      summary: `commit ${files} file${files === 1 ? "" : "s"}${running}: ${input.message.split("\n", 1).join()}`
    }
  },
  execute: async (input, context) => {
    const { staging, selection, folder } = await look(input, context)
    const key = keyOf(input, context)
    const shown = seen.get(key)
    seen.delete(key)
    if (shown !== undefined && shown !== staging.tree)
      throw new PortError(
        "permission_denied",
        "what would be committed has changed since it was shown, so nothing was committed; look at git_diff and call again"
      )
    const { text } = await run(scriptOf(input.message, selection), context, { folder, limit: 20_000 })
    return { success: true, data: text, summary: /^\[.*$/m.exec(text)?.[0] ?? "committed" }
  }
})

/** A preview and the call that it is of ask for the same. */
const keyOf = (input: Input, { session }: ToolContext): string => JSON.stringify([session, input])

const look = async (
  { paths, all = false, folder }: Input,
  context: ToolContext
): Promise<{ readonly staging: Staging; readonly selection: Selection; readonly folder: string | undefined }> => {
  const place = await folderOf(folder, context)
  const some = paths !== undefined && paths.length > 0
  if (some && all) throw new PortError("invalid_arguments", "give paths or all, not both")
  const selection = { paths: some || all ? await pathsOf(paths, place, context) : undefined, withStaged: !some }
  return { staging: await stage(selection, context, { folder: place, limit: mostLooked }), selection, folder: place }
}

/** `git_show`: one commit with its changes, or a file as it was in one. */
import { defineTool } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, revisionOf } from "./command.ts"
import { mostDiff, plainDiff } from "./diff.ts"
import { folderOf, run, told } from "./git.ts"
import * as fields from "./input.ts"
import { blockedAmong, pathsOf } from "./names.ts"

const changes: ReadonlyArray<string> = ["show", "--format=", ...plainDiff]

/** The message stands by itself, because git shows none of a commit that changes nothing in the paths. */
const whole = (commit: string, paths: ReadonlyArray<string>): string =>
  [
    commandLine(["log", "--max-count=1", "--format=fuller", commit, "--"]),
    "echo",
    commandLine([...changes, "--patch-with-stat", commit, "--", ...paths])
  ].join(" && ")

export const show = defineTool({
  name: "git_show",
  description: "Show a commit with its message and changes; with file, that file as it was then.",
  risk: "read",
  input: z.object({
    revision: z.string().optional().describe("Default HEAD"),
    file: z.string().min(1).optional(),
    paths: fields.paths,
    folder: fields.folder
  }),
  examples: [
    {
      input: {},
      commands: {
        [commandLine([...changes, "--name-only", "--no-renames", "HEAD^{commit}", "--", "."])]: "words.ts\n",
        [whole("HEAD^{commit}", ["."])]: "commit 1a2b3c4\n\n    Count words\n\n words.ts | 1 +\n"
      },
      output: "commit 1a2b3c4\n\n    Count words\n\n words.ts | 1 +\n"
    }
  ],
  execute: async ({ revision = "HEAD", file, paths, folder }, context) => {
    const place = await folderOf(folder, context)
    const limits = { folder: place, limit: mostDiff }
    const at = revisionOf(revision)
    if (file !== undefined) {
      await pathsOf([file], place, context)
      const said = await run(commandLine(["show", "--no-textconv", `${at}:./${file}`]), context, limits)
      return { success: true, data: told(said, "git_blame shows parts of a file") }
    }
    const one = `${at}^{commit}`
    const wanted = await pathsOf(paths, place, context)
    const blocked = await blockedAmong(
      [...changes, "--name-only", "--no-renames", one, "--", ...wanted],
      place,
      context
    )
    const said = await run(whole(one, [...wanted, ...blocked]), context, limits)
    return { success: true, data: told(said, "ask for some of its files with paths") }
  }
})

/** `git_diff`: what changed, in the working folder or between two points. */
import { defineTool } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, revisionOf } from "./command.ts"
import { folderOf, run, told } from "./git.ts"
import * as fields from "./input.ts"
import { blockedAmong, pathsOf } from "./names.ts"

/** Characters of one answer. */
export const mostDiff = 40_000

/** No program of the repository's configuration takes part, and the folder is the world. */
export const plainDiff: ReadonlyArray<string> = ["--no-ext-diff", "--no-textconv", "--relative"]

export const diff = defineTool({
  name: "git_diff",
  description: "Show changes: not yet staged ones, staged ones, or those between two revisions.",
  risk: "read",
  input: z.object({
    staged: z.boolean().optional().describe("What the next commit would hold, instead of what is not staged"),
    from: z.string().optional().describe("Revision to compare with; alone: with the working folder"),
    to: z.string().optional().describe("Second revision"),
    paths: fields.paths,
    stat: z.boolean().optional().describe("Only names and numbers of lines"),
    folder: fields.folder
  }),
  examples: [
    {
      input: { staged: true, stat: true },
      commands: {
        [commandLine(["diff", ...plainDiff, "--cached", "--name-only", "--no-renames", "--", "."])]: "words.ts\n",
        [commandLine(["diff", ...plainDiff, "--cached", "--stat=120", "--", "."])]:
          " words.ts | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
      },
      output: " words.ts | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    }
  ],
  execute: async ({ staged, from, to, paths, stat, folder }, context) => {
    const place = await folderOf(folder, context)
    const wanted = await pathsOf(paths, place, context)
    const points = [from, to].filter((point) => point !== undefined).map(revisionOf)
    const args = ["diff", ...plainDiff, ...(staged === true ? ["--cached"] : []), ...points]
    const blocked = await blockedAmong([...args, "--name-only", "--no-renames", "--", ...wanted], place, context)
    const form = stat === true ? "--stat=120" : "--patch-with-stat"
    const line = commandLine([...args, form, "--", ...wanted, ...blocked])
    const said = await run(line, context, { folder: place, limit: mostDiff })
    if (said.text === "") return { success: true, data: "[no difference]", summary: "no difference" }
    return { success: true, data: told(said, "ask for some of the files with paths"), summary: summaryOf(said.text) }
  }
})

/** `3 files changed, 2 insertions(+)` */
const summaryOf = (text: string): string => /^ (\d+ files? changed.*)$/m.exec(text)?.[1] ?? "differences"

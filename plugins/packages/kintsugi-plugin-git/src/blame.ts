/** `git_blame`: who last changed each line of a file, and when. */
import { defineTool } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, revisionOf } from "./command.ts"
import { folderOf, run, told } from "./git.ts"
import * as fields from "./input.ts"
import { pathsOf } from "./names.ts"

/** Lines of one answer when nobody says how many. */
const usualLines = 200

export const blame = defineTool({
  name: "git_blame",
  description: "Show for each line of a file the commit that last changed it.",
  risk: "read",
  input: z.object({
    path: z.string().min(1),
    start: z.int().min(1).optional().describe("First line, default 1"),
    lines: z.int().min(1).max(1000).optional().describe(`How many, default ${usualLines}`),
    revision: z.string().optional().describe("As the file was then"),
    folder: fields.folder
  }),
  examples: [
    {
      input: { path: "words.ts", lines: 1 },
      commands: {
        [commandLine(["blame", "--no-textconv", "--date=short", "-L", "1,+1", "--", "words.ts"])]:
          "1a2b3c4d (Ada 2026-11-02 1) export const words = 1\n"
      },
      output: "1a2b3c4d (Ada 2026-11-02 1) export const words = 1\n"
    }
  ],
  execute: async ({ path, start = 1, lines = usualLines, revision, folder }, context) => {
    const place = await folderOf(folder, context)
    await pathsOf([path], place, context)
    const at = revision === undefined ? [] : [revisionOf(revision)]
    const line = commandLine(["blame", "--no-textconv", "--date=short", "-L", `${start},+${lines}`, ...at, "--", path])
    return {
      success: true,
      data: told(await run(line, context, { folder: place, limit: 40_000 }), "ask for fewer lines")
    }
  }
})

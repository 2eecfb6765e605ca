/** `git_log`: commits, newest first. */
import { defineTool } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, revisionOf } from "./command.ts"
import { folderOf, run, told } from "./git.ts"
import * as fields from "./input.ts"
import { pathsOf } from "./names.ts"

const usualCommits = 20

const format = "--format=%h %ad %an%d%n    %s"

export const log = defineTool({
  name: "git_log",
  description: "List commits, newest first.",
  risk: "read",
  input: z.object({
    revision: z.string().optional().describe("Where to begin, or a range: main..HEAD"),
    paths: fields.paths,
    author: z.string().optional().describe("Part of a name or address"),
    message: z.string().optional().describe("Part of the message"),
    since: z.string().optional().describe("2026-01-31, or 2 weeks ago"),
    until: z.string().optional(),
    limit: z.int().min(1).max(200).optional().describe(`Default ${usualCommits}`),
    stat: z.boolean().optional().describe("With changed files"),
    folder: fields.folder
  }),
  examples: [
    {
      input: { limit: 1 },
      commands: {
        [commandLine(["log", "--date=short", "--max-count=1", format, "--"])]:
          "1a2b3c4 2026-11-02 Ada (HEAD -> main)\n    Count words\n"
      },
      output: "1a2b3c4 2026-11-02 Ada (HEAD -> main)\n    Count words\n"
    }
  ],
  execute: async ({ revision, paths, limit = usualCommits, stat, folder, ...filters }, context) => {
    const place = await folderOf(folder, context)
    const wanted = paths === undefined || paths.length === 0 ? [] : await pathsOf(paths, place, context)
    const { author, message, since, until } = filters
    const given = Object.entries({ author, grep: message, since, until }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${value}`]
    )
    const line = commandLine([
      "log",
      "--date=short",
      `--max-count=${limit}`,
      ...given,
      ...(given.length === 0 ? [] : ["--regexp-ignore-case"]),
      ...(stat === true ? ["--stat=120", "--no-ext-diff", "--no-textconv", "--relative"] : []),
      format,
      ...(revision === undefined ? [] : [revisionOf(revision)]),
      "--",
      ...wanted
    ])
    const said = await run(line, context, { folder: place, limit: 40_000 })
    if (said.text === "") return { success: true, data: "[no commits match]", summary: "no commits match" }
    return { success: true, data: told(said, "ask for fewer commits, or without stat") }
  }
})

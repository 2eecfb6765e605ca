/** `edit_file`: changes one place of a text file, the one that is meant or none. */
import * as z from "zod"
import { type Files, PortError } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { describeChange } from "./change.ts"
import { contentOf } from "./content.ts"
import { notThere } from "./missing.ts"
import { nearest } from "./nearest.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import { replace } from "./replace.ts"

const input = z.object({
  path: z.string(),
  old_string: z.string().describe("Exact text, without line numbers"),
  new_string: z.string(),
  occurrence: z
    .union([z.int().min(1), z.literal("all")], "expected a number from 1, or all")
    .optional()
    .describe("Which match, when there are several"),
  dry_run: z.boolean().optional().describe("Only show the diff")
})

type Input = z.infer<typeof input>

export const editFile: Tool = defineTool({
  name: "edit_file",
  description:
    "Replace old_string by new_string in a file. old_string must be in it exactly once, unless occurrence is given; an empty one makes a new file.",
  risk: "write",
  input,
  preview: async (input, { files }) => {
    const paths = [await files.resolve(input.path)]
    const plan = await planEdit(input, files)
    if ("refusal" in plan) return { paths }
    const { diff } = await describeChange(files.display(input.path), plan.before, plan.after)
    return { paths, diff, ...(input.dry_run === true ? { risk: "read" as const } : {}) }
  },
  execute: async (input, { files }) => oneAtATime(await files.resolve(input.path), () => edit(input, files))
})

const edit = async (input: Input, files: Files): Promise<Answer> => {
  const plan = await planEdit(input, files)
  if ("refusal" in plan) return plan.refusal
  const path = files.display(input.path)
  const { summary, diff } = await describeChange(path, plan.before, plan.after)
  if (input.dry_run === true) return { success: true, data: diff ?? summary, summary: `would have ${summary}`, diff }
  await files.write(input.path, (plan.bom ? "\uFEFF" : "") + plan.after)
  // Where the place differed from what the model quoted, it should see what it got.
  const data = plan.tolerant
    ? `${summary}\nThe whitespace differed from old_string; this was done:\n${diff ?? ""}`
    : summary
  return { success: true, data, summary, diff }
}

interface Plan {
  readonly before: string | undefined
  readonly after: string
  readonly bom: boolean
  readonly tolerant: boolean
}

const planEdit = async (input: Input, files: Files): Promise<Plan | { readonly refusal: Answer }> => {
  const { path, old_string, new_string, occurrence } = input
  const info = await files.stat(path)
  if (info === undefined && old_string === "")
    return { before: undefined, after: new_string, bom: false, tolerant: false }
  if (info === undefined) return { refusal: await notThere(path, files) }
  const shown = files.display(path)
  if (old_string === "" && info.kind === "file") {
    const advice = "give the text to replace, or use write_file to write all of it"
    return { refusal: refuse("invalid_arguments", `old_string is empty but ${shown} exists; ${advice}`) }
  }
  const content = contentOf(await files.read(path))
  if (content.kind !== "text" || content.encoding !== "utf-8") {
    const what =
      content.kind === "text" ? `${content.encoding} text` : content.kind === "image" ? "an image" : content.what
    throw new PortError("invalid_arguments", `${shown} is ${what}, not UTF-8 text: edit it with a command`)
  }
  const result = replace(content.text, old_string, new_string, occurrence)
  if (!("problem" in result))
    return { before: content.text, after: result.text, bom: content.bom, tolerant: result.tolerant }
  const more = result.missing ? whatIsThere(content.text, old_string, new_string) : ""
  return { refusal: refuse("invalid_arguments", `${shown} is unchanged: ${result.problem}${more}`) }
}

const whatIsThere = (text: string, old: string, wished: string): string => {
  const lines = old.trimEnd().split("\n")
  if (lines.every((line) => /^\s*\d+\t/.test(line)))
    return ". It seems to hold the line numbers of read_file: leave them out"
  const done =
    wished.trim().length > 8 && text.includes(wished)
      ? ". new_string is in it already: this may have been done before"
      : ""
  const near = nearest(text, old)
  if (near === undefined) return `${done}. Nothing in the file is like it: read the file`
  return `${done}. The nearest lines, numbered:\n${near}`
}

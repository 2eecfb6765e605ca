/** `grep`: lines by their content, through ripgrep. */
import { dirname, basename, join } from "node:path"
import * as z from "zod"
import type { Files } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { notThere } from "./missing.ts"
import { cancelled, type Locate, ripgrep, scope } from "./ripgrep.ts"
import { gate } from "./walk.ts"

/** Lines of one answer, context included. */
const mostLines = 300
/** Characters of one answer. */
const mostCharacters = 40_000
/** Bytes shown of one line. */
const longestLine = 400

const input = z.object({
  pattern: z.string().min(1).describe("Regular expression"),
  path: z.string().optional().describe("File or folder"),
  glob: z.string().optional().describe('Only files like "*.ts"'),
  ignore_case: z.boolean().optional(),
  literal: z.boolean().optional().describe("Pattern is plain text"),
  context: z.int().min(0).max(20).optional().describe("Lines around each match"),
  output: z.enum(["content", "files", "count"]).optional()
})

type Input = z.infer<typeof input>

export const grep = (find: Locate): Tool =>
  defineTool({
    name: "grep",
    description: "Search file contents. Git-ignored files are left out.",
    risk: "read",
    input,
    preview: async ({ path = "." }, { files }) => ({ paths: [await files.resolve(path)] }),
    execute: async (input, { files, signal }) => {
      const { path = ".", pattern } = input
      const info = await files.stat(path)
      if (info === undefined) return notThere(path, files)
      const real = await files.resolve(path)
      const [folder, target] = info.kind === "folder" ? [real, "."] : [dirname(real), `./${basename(real)}`]
      const hits: Array<Hit> = []
      let characters = 0
      // A list of paths has nothing but the separators that end them.
      const isList = input.output === "files"
      const onLine = (line: string): boolean => {
        hits.push(isList ? { path: line, text: "" } : readLine(line))
        characters += line.length
        return hits.length <= mostLines && characters <= mostCharacters
      }
      const { code, trouble } = await ripgrep(find, argumentsOf(input, target), {
        cwd: folder,
        signal,
        separator: isList ? "\0" : "\n",
        onLine
      })
      if (signal.aborted) return cancelled
      if (code === 2 && hits.length === 0) return refuse("invalid_arguments", trouble.slice(0, 1000))
      const open = await onlyOpen(hits, folder, files)
      return answer(pattern, open, code === undefined, input.output ?? "content")
    }
  })

const argumentsOf = (
  { pattern, glob, ignore_case, literal, context = 0, output }: Input,
  target: string
): ReadonlyArray<string> => [
  ...scope,
  // The default engine where it can, the slower one for look-around and back-references.
  ...(literal === true ? ["--fixed-strings"] : ["--engine=auto"]),
  ...(ignore_case === true ? ["--ignore-case"] : []),
  ...(glob === undefined ? [] : [`--glob=${glob}`]),
  ...(output === "files"
    ? ["--files-with-matches"]
    : output === "count"
      ? ["--count"]
      : ["--line-number", `--context=${context}`]),
  `--max-columns=${longestLine}`,
  "--max-columns-preview",
  // Always the same order, so that the same question has the same answer.
  "--sort=path",
  "--with-filename",
  "--no-heading",
  "--color=never",
  "--null",
  `--regexp=${pattern}`,
  "--",
  target
]

/** A line of output: `path NUL text`; without a path it is a gap between groups, or a remark. */
interface Hit {
  readonly path: string | undefined
  readonly text: string
}

const readLine = (line: string): Hit => {
  const at = line.indexOf("\0")
  if (at === -1) return { path: undefined, text: line }
  return { path: line.slice(0, at), text: line.slice(at + 1).replace(/\r$/, "") }
}

/** Blocked folders may lie inside an allowed one: what was found in them is dropped, its paths made ready to be shown. */
const onlyOpen = async (hits: ReadonlyArray<Hit>, folder: string, files: Files): Promise<ReadonlyArray<Hit>> => {
  const isOpen = gate(files)
  const open = await Promise.all(hits.map(({ path }) => path === undefined || isOpen(join(folder, path))))
  return hits
    .filter((_, n) => open[n])
    .map(({ path, text }) => ({ text, path: path === undefined ? undefined : files.display(join(folder, path)) }))
}

const answer = (
  pattern: string,
  hits: ReadonlyArray<Hit>,
  cut: boolean,
  output: NonNullable<Input["output"]>
): Answer => {
  const paths = new Set(hits.flatMap(({ path }) => path ?? []))
  if (paths.size === 0)
    return {
      success: true,
      data: "[nothing found; git-ignored files are not searched]",
      summary: `nothing matches ${pattern}`
    }
  const lines =
    output === "content"
      ? grouped(hits)
      : hits.map(({ path, text }) => (output === "count" ? `${path}: ${text}` : `${path}`))
  const data = lines.slice(0, mostLines).join("\n").slice(0, mostCharacters)
  const note = cut || lines.length > mostLines ? "\n[there is more; use a narrower pattern, path or glob]" : ""
  return {
    success: true,
    data: data + note,
    summary: `${pattern} found in ${cut ? "more than " : ""}${paths.size} files`
  }
}

/** Each path once, its lines below it; a gap in the file as `--`. */
const grouped = (hits: ReadonlyArray<Hit>): ReadonlyArray<string> => {
  let last: string | undefined
  return hits.flatMap(({ path, text }, n) => {
    if (path === undefined) return hits[n + 1]?.path === last && n > 0 ? [text] : []
    const head = path === last ? [] : [...(last === undefined ? [] : [""]), path]
    last = path
    return [...head, text]
  })
}

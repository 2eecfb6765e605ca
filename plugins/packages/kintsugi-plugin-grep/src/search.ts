/** `grep_search`: lines by their content. */
import { type Answer, defineTool, type ToolContext } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, lines } from "./lines.ts"
import { gate, type Place, placeOf } from "./place.ts"
import { ripgrep } from "./programs.ts"
import { argumentsOf, checkEnd, input } from "./ripgrep.ts"

const usualMatches = 100
/** Characters of one answer. */
const mostCharacters = 40_000
/** Characters shown of one line. */
const longestLine = 400

const searchInput = input.extend({
  context: z.int().min(0).max(20).optional().describe("Lines around each match"),
  max_matches: z.int().min(1).max(1000).optional().describe(`Matching lines, default ${usualMatches}`)
})

type Input = z.infer<typeof searchInput>

/** A line that was found, or stands beside one. */
interface Hit {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly isMatch: boolean
}

/** Always in the same order, so that the same question has the same answer; as JSON, which no name or line can break. */
const lineFor = (input: Input, target: string): ReadonlyArray<string> =>
  argumentsOf(input, ["--json", "--sort=path", `--context=${input.context ?? 0}`], target)

export const search = defineTool({
  name: "grep_search",
  description: "Find lines by a regular expression. Git-ignored files are left out.",
  risk: "read",
  input: searchInput,
  preview: async ({ path = "." }, { files }) => ({ paths: [await files.resolve(path)] }),
  examples: [
    {
      input: { pattern: "todo" },
      files: { "a.ts": "" },
      commands: {
        [commandLine(ripgrep.path ?? "rg", lineFor({ pattern: "todo" }, "."))]:
          '{"type":"match","data":{"path":{"text":"./a.ts"},"lines":{"text":"// todo\\n"},"line_number":3,"submatches":[]}}\n'
      },
      output: "a.ts\n3: // todo"
    }
  ],
  execute: async (input, context) => {
    const place = await placeOf(input.path ?? ".", context)
    const { hits, isCut } = await find(input, place, context)
    return answer(input.pattern, hits, isCut)
  }
})

const find = async (input: Input, place: Place, context: ToolContext) => {
  const { max_matches: most = usualMatches } = input
  const hits: Array<Hit> = []
  let [trouble, matches, characters] = ["", 0, 0]
  const onLine = (line: string): boolean => {
    const hit = readHit(line)
    if (hit === undefined) {
      if (!line.startsWith("{")) trouble += `${line}\n`
      return true
    }
    hits.push(hit)
    characters += hit.text.length
    if (hit.isMatch) matches += 1
    return matches <= most && characters <= mostCharacters
  }
  const code = await lines(ripgrep, lineFor(input, place.target), place.folder, context, onLine)
  checkEnd(code, trouble, hits.length > 0)
  const show = gate(place, context)
  const shown = await Promise.all(hits.map(async (hit) => ({ ...hit, path: await show(hit.path) })))
  const open = shown.flatMap(({ path, ...hit }) => (path === undefined ? [] : [{ ...hit, path }]))
  // The one too many says that there are more.
  return { hits: code === undefined && matches > most ? open.slice(0, -1) : open, isCut: code === undefined }
}

const textIn = z.union([
  z.object({ text: z.string() }).transform(({ text }) => text),
  z.object({ bytes: z.string() }).transform(({ bytes }) => Buffer.from(bytes, "base64").toString("utf8"))
])

const message = z.object({
  type: z.enum(["match", "context"]),
  data: z.object({ path: textIn, lines: textIn, line_number: z.number() })
})

const readHit = (line: string): Hit | undefined => {
  if (!line.startsWith("{")) return undefined
  const { success, data } = message.safeParse(JSON.parse(line))
  if (!success) return undefined
  const { path, lines: text, line_number } = data.data
  return { path, line: line_number, text: text.replace(/\r?\n$/, ""), isMatch: data.type === "match" }
}

const answer = (pattern: string, hits: ReadonlyArray<Hit>, isCut: boolean): Answer => {
  if (hits.length === 0 && !isCut)
    return { success: true, data: "[nothing found]", summary: `nothing matches ${pattern}` }
  const files = [...Map.groupBy(hits, ({ path }) => path)]
  const data = files.map(([path, found]) => [path, ...found.flatMap(numbered)].join("\n")).join("\n\n")
  const note = isCut ? "\n\n[there is more; use a narrower pattern, path, glob or type, or a higher max_matches]" : ""
  const summary = `${pattern} found in ${isCut ? "more than " : ""}${files.length} files`
  return { success: true, data: data + note, summary }
}

/** `12: found`, `13- beside it`, and `--` for what is left out between. */
const numbered = ({ line, text, isMatch }: Hit, at: number, all: ReadonlyArray<Hit>): ReadonlyArray<string> => {
  const before = all[at - 1]
  const gap =
    before !== undefined && line > before.line + before.text.split("\n").length && hasContext(all) ? ["--"] : []
  const shown = text.split("\n").map((part, n) => `${line + n}${isMatch ? ":" : "-"} ${cut(part)}`)
  return [...gap, ...shown]
}

const hasContext = (hits: ReadonlyArray<Hit>): boolean => hits.some(({ isMatch }) => !isMatch)

const cut = (text: string): string => (text.length > longestLine ? `${text.slice(0, longestLine)}…` : text)

/** `ast_search`: code by its structure, through ast-grep's patterns. */
import { type Answer, defineTool, PortError, type ToolContext } from "kintsugi/plugin"
import * as z from "zod"
import { commandLine, lines } from "./lines.ts"
import { gate, type Place, placeOf } from "./place.ts"
import { astGrep, neutralConfig } from "./programs.ts"

const usualMatches = 50
/** Lines shown of one match. */
const mostLines = 20
/** Characters of one answer. */
const mostCharacters = 40_000

/** As ast-grep calls them. */
const languages = [
  "typescript",
  "tsx",
  "javascript",
  "python",
  "go",
  "rust",
  "java",
  "kotlin",
  "scala",
  "c",
  "cpp",
  "csharp",
  "ruby",
  "php",
  "swift",
  "bash",
  "lua",
  "elixir",
  "haskell",
  "html",
  "css",
  "json",
  "yaml"
] as const

const input = z.object({
  pattern: z.string().min(1).describe("Code with holes: console.log($A), foo($$$ARGS), async function $F($$$) { $$$ }"),
  language: z.enum(languages).optional().describe("What the pattern is written in; default what each file is"),
  path: z.string().optional().describe("File or folder, default the working folder"),
  glob: z.array(z.string()).max(50).optional().describe('Only files like ["src/**", "!**/*.spec.ts"]'),
  selector: z
    .string()
    .regex(/^\w+$/)
    .optional()
    .describe("Kind of node within the pattern that is meant: call_expression"),
  max_matches: z.int().min(1).max(500).optional().describe(`Default ${usualMatches}`)
})

type Input = z.infer<typeof input>

const lineFor = ({ language, glob = [], ...input }: Input, target: string): ReadonlyArray<string> => {
  const { pattern, selector } = unambiguous({ language, ...input })
  return [
    "run",
    `--config=${neutralConfig}`,
    "--json=stream",
    "--color=never",
    ...(language === undefined ? [] : [`--lang=${language}`]),
    ...glob.map((one) => `--globs=${one}`),
    `--pattern=${pattern}`,
    ...(selector === undefined ? [] : [`--selector=${selector}`]),
    "--",
    target
  ]
}

/** A call by itself is read as a type in Go and as a macro in C; within a function it is a call. */
const unambiguous = ({ pattern, language, selector }: Input): Pick<Input, "pattern" | "selector"> => {
  const isCall = /^[\w$.]+\(.*\)$/s.test(pattern) && selector === undefined
  if (!isCall) return { pattern, selector }
  if (language === "go") return { pattern: `func _() { ${pattern} }`, selector: "call_expression" }
  if (language === "c" || language === "cpp")
    return { pattern: `void _() { ${pattern}; }`, selector: "call_expression" }
  return { pattern, selector }
}

/** Of what ast-grep says of a match, what is told. Its lines and columns count from 0. */
const found = z.object({
  file: z.string(),
  text: z.string(),
  range: z.object({ start: z.object({ line: z.number(), column: z.number() }), end: z.object({ line: z.number() }) }),
  metaVariables: z.object({ single: z.record(z.string(), z.object({ text: z.string() })) }).optional()
})

type Match = z.infer<typeof found>

export const structure = defineTool({
  name: "ast_search",
  description:
    "Find code by its structure: a pattern is code in which $NAME stands for one node and $$$NAME for any number. " +
    "It is no text search: comments, strings, blanks and line ends do not matter.",
  risk: "read",
  input,
  preview: async ({ path = "." }, { files }) => ({ paths: [await files.resolve(path)] }),
  examples: [
    {
      input: { pattern: "log($A)", language: "go" },
      files: { "a.go": "" },
      commands: {
        [commandLine(astGrep.path ?? "ast-grep", lineFor({ pattern: "log($A)", language: "go" }, "."))]:
          '{"file":"./a.go","text":"log(x)","range":{"start":{"line":6,"column":1},"end":{"line":6}},"metaVariables":{"single":{"A":{"text":"x"}}}}\n'
      },
      output: "a.go\n7:2: log(x)\n   $A = x"
    }
  ],
  execute: async (input, context) => {
    const place = await placeOf(input.path ?? ".", context)
    return answer(input, await find(input, place, context))
  }
})

interface Found {
  readonly matches: ReadonlyArray<Match>
  readonly isCut: boolean
  /** What ast-grep remarks on the pattern. */
  readonly remark: string
}

const find = async (input: Input, place: Place, context: ToolContext): Promise<Found> => {
  const { max_matches: most = usualMatches } = input
  const matches: Array<Match> = []
  let [remark, characters] = ["", 0]
  const onLine = (line: string): boolean => {
    const match = line.startsWith("{") ? found.safeParse(JSON.parse(line)).data : undefined
    if (match === undefined) {
      remark = `${remark}${line}\n`.slice(0, 2000)
      return true
    }
    matches.push(match)
    characters += match.text.length
    return matches.length <= most && characters <= mostCharacters
  }
  const code = await lines(astGrep, lineFor(input, place.target), place.folder, context, onLine)
  // 1: nothing was found.
  if (code !== undefined && code > 1 && matches.length === 0)
    throw new PortError("invalid_arguments", remark.trim() || `ast-grep ended with ${code}`)
  const show = gate(place, context)
  const shown = await Promise.all(matches.map(async (match) => ({ ...match, file: await show(match.file) })))
  const open = shown.flatMap(({ file, ...match }) => (file === undefined ? [] : [{ ...match, file }]))
  return { matches: open.slice(0, most), isCut: code === undefined, remark }
}

const answer = ({ pattern }: Input, { matches, isCut, remark }: Found): Answer => {
  if (matches.length === 0) {
    const broken = /ERROR node/.test(remark)
      ? "\n[the pattern is no complete code in that language: write a whole expression, statement or definition, and say which language]"
      : ""
    return { success: true, data: `[nothing found]${broken}`, summary: `nothing has the form ${pattern}` }
  }
  const files = [...Map.groupBy(matches, ({ file }) => file)].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const data = files
    .map(([file, found]) => [file, ...found.toSorted(byLine).flatMap(described)].join("\n"))
    .join("\n\n")
  const note = isCut ? "\n\n[there is more; use a narrower pattern, path or glob, or a higher max_matches]" : ""
  const times = `${isCut ? "more than " : ""}${matches.length} times in ${files.length} files`
  return { success: true, data: data.slice(0, mostCharacters) + note, summary: `${pattern} found ${times}` }
}

/** ast-grep says them in any order. */
const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1

const byLine = (one: Match, other: Match): number =>
  one.range.start.line - other.range.start.line || one.range.start.column - other.range.start.column

const described = ({ text, range, metaVariables }: Match): ReadonlyArray<string> => {
  const all = text.split("\n")
  const first = range.start.line + 1
  const code = all
    .slice(0, mostLines)
    .map((line, n) => `${n === 0 ? `${first}:${range.start.column + 1}` : first + n}: ${line}`)
  const rest = all.length > mostLines ? [`   … to line ${range.end.line + 1}`] : []
  const holes = Object.entries(metaVariables?.single ?? {})
    .toSorted(byName)
    .map(([name, value]) => `$${name} = ${value.text.replace(/\s+/g, " ").slice(0, 80)}`)
  return [...code, ...rest, ...(holes.length === 0 ? [] : [`   ${holes.join(", ")}`])]
}

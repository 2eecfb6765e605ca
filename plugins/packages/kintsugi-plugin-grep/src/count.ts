/** `grep_count`: how often something stands where. */
import { defineTool } from "kintsugi/plugin"
import { commandLine, lines } from "./lines.ts"
import { gate, placeOf } from "./place.ts"
import { ripgrep } from "./programs.ts"
import { argumentsOf, checkEnd, type Input, input } from "./ripgrep.ts"

/** Files that are named. */
const mostFiles = 100
/** Files that are counted. */
const mostCounted = 100_000

const lineFor = (input: Input, target: string): ReadonlyArray<string> =>
  argumentsOf(input, ["--count-matches", "--with-filename"], target)

export const count = defineTool({
  name: "grep_count",
  description: "Count the matches of a regular expression in each file and in all.",
  risk: "read",
  input,
  preview: async ({ path = "." }, { files }) => ({ paths: [await files.resolve(path)] }),
  examples: [
    {
      input: { pattern: "todo" },
      files: { "a.ts": "", "b.ts": "" },
      commands: { [commandLine(ripgrep.path ?? "rg", lineFor({ pattern: "todo" }, "."))]: "./a.ts:1\n./b.ts:4\n" },
      output: "5 matches in 2 files\n\n4  b.ts\n1  a.ts"
    }
  ],
  execute: async (input, context) => {
    const place = await placeOf(input.path ?? ".", context)
    const counts: Array<{ readonly path: string; readonly matches: number }> = []
    let rest = ""
    const onLine = (line: string): boolean => {
      // A name may hold a line's end; the number ends the entry.
      const entry = /^(.*):(\d+)$/s.exec(rest + line)
      rest = entry === null ? `${rest}${line}\n` : ""
      if (entry !== null) counts.push({ path: entry[1] ?? "", matches: Number(entry[2]) })
      return counts.length < mostCounted
    }
    const code = await lines(ripgrep, lineFor(input, place.target), place.folder, context, onLine)
    checkEnd(code, rest, counts.length > 0)
    const show = gate(place, context)
    const shown = await Promise.all(counts.map(async (one) => ({ ...one, path: await show(one.path) })))
    const open = shown
      .filter(({ path }) => path !== undefined)
      .toSorted((one, other) => other.matches - one.matches || (String(one.path) < String(other.path) ? -1 : 1))
    const total = open.reduce((sum, { matches }) => sum + matches, 0)
    const cut = code === undefined ? "more than " : ""
    const head = `${cut}${counted(total, "match", "es")} in ${cut}${counted(open.length, "file", "s")}`
    const named = open.slice(0, mostFiles).map(({ path, matches }) => `${matches}  ${path}`)
    const more = open.length > mostFiles ? [`… and ${open.length - mostFiles} files more`] : []
    return { success: true, data: [head, "", ...named, ...more].join("\n").trim(), summary: head }
  }
})

const counted = (number: number, word: string, plural: string): string =>
  `${number} ${word}${number === 1 ? "" : plural}`

/** Unified diffs as lines with numbers and colours, changed words marked. */
import { diffWordsWithSpace, parsePatch, type StructuredPatch, type StructuredPatchHunk } from "diff"
import { clean, indent, type Line, say, type Span, wrap } from "./text.ts"

export interface DiffCount {
  readonly added: number
  readonly removed: number
}

export const countDiff = (diff: string): DiffCount => {
  const lines = diff.split("\n")
  return {
    added: lines.filter((line) => line.startsWith("+") && !line.startsWith("+++")).length,
    removed: lines.filter((line) => line.startsWith("-") && !line.startsWith("---")).length
  }
}

/** Every line of the diff at a width; file names only when it touches several files. */
export const diffLines = (diff: string, width: number): ReadonlyArray<Line> => {
  const patches = parse(clean(diff))
  if (patches === undefined) return plain(clean(diff), width)
  return patches.flatMap((patch) => [
    ...(patches.length > 1 ? [say(nameOf(patch), { bold: true })] : []),
    ...patch.hunks.flatMap((hunk, index) => [
      ...(index === 0 ? [] : [say("⋮", { dim: true })]),
      ...hunkLines(hunk, width)
    ])
  ])
}

/** A diff that the parser refuses is shown as it stands. */
const parse = (diff: string): ReadonlyArray<StructuredPatch> | undefined => {
  try {
    const patches = parsePatch(diff).filter((patch) => patch.hunks.length > 0)
    return patches.length === 0 ? undefined : patches
  } catch {
    return undefined
  }
}

const plain = (diff: string, width: number): ReadonlyArray<Line> =>
  diff
    .replace(/\n$/, "")
    .split("\n")
    .flatMap((text) =>
      wrap(say(text, text.startsWith("+") ? { tone: "good" } : text.startsWith("-") ? { tone: "bad" } : {}), width)
    )

const nameOf = ({ newFileName, oldFileName }: StructuredPatch): string =>
  (newFileName === undefined || newFileName === "/dev/null" ? (oldFileName ?? "") : newFileName).replace(/^[ab]\//, "")

interface Row {
  readonly sign: "+" | "-" | " "
  readonly number: number
  readonly text: string
}

const hunkLines = (hunk: StructuredPatchHunk, width: number): ReadonlyArray<Line> => {
  const rows = numbered(hunk)
  const digits = String(Math.max(...rows.map((row) => row.number), 1)).length
  const margin = digits + 3
  return group(rows).flatMap((run) =>
    contents(run).flatMap((content, index) => {
      const { sign, number } = run[index] ?? { sign: " ", number: 0 }
      const tone = sign === "+" ? { tone: "good" as const } : sign === "-" ? { tone: "bad" as const } : {}
      const lead: Line = [
        { text: `${String(number).padStart(digits)} `, style: { dim: true } },
        { text: `${sign} `, style: tone }
      ]
      return indent(wrap(content, Math.max(1, width - margin)), lead, say(" ".repeat(margin)))
    })
  )
}

/** Removed lines carry the number they had, all others the number they have. */
const numbered = ({ lines, oldStart, newStart }: StructuredPatchHunk): ReadonlyArray<Row> => {
  let [before, after] = [oldStart, newStart]
  return lines.flatMap((line): ReadonlyArray<Row> => {
    const text = line.slice(1)
    if (line.startsWith("-")) return [{ sign: "-", number: before++, text }]
    if (line.startsWith("+")) return [{ sign: "+", number: after++, text }]
    // "\ No newline at end of file" is about the line before it.
    if (line.startsWith("\\")) return []
    before++
    return [{ sign: " ", number: after++, text }]
  })
}

/** Runs of changed lines apart from runs of unchanged ones. */
const group = (rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Row>> => {
  const runs: Array<Array<Row>> = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last !== undefined && (last[0]?.sign === " ") === (row.sign === " ")) last.push(row)
    else runs.push([row])
  }
  return runs
}

/** Longer lines and runs are not compared word by word: the comparison is quadratic and its result unreadable. */
const longestCompared = 300
const largestCompared = 60

/** As many removed lines as added ones are versions of each other: their words are compared. */
const contents = (run: ReadonlyArray<Row>): ReadonlyArray<Line> => {
  const removed = run.filter((row) => row.sign === "-")
  const added = run.filter((row) => row.sign === "+")
  const isSmall = run.length <= largestCompared && run.every((row) => row.text.length <= longestCompared)
  return run.map((row) => {
    if (row.sign === " ") return say(row.text, { dim: true })
    const other = isSmall && removed.length === added.length ? partner(row, removed, added) : undefined
    return other === undefined ? say(row.text, { tone: row.sign === "+" ? "good" : "bad" }) : emphasize(row, other)
  })
}

const partner = (row: Row, removed: ReadonlyArray<Row>, added: ReadonlyArray<Row>): Row | undefined =>
  row.sign === "+" ? removed[added.indexOf(row)] : added[removed.indexOf(row)]

const emphasize = (row: Row, other: Row): Line => {
  const tone = row.sign === "+" ? ("good" as const) : ("bad" as const)
  const [before, after] = row.sign === "+" ? [other.text, row.text] : [row.text, other.text]
  const parts = diffWordsWithSpace(before, after)
  const same = parts
    .filter((part) => !part.added && !part.removed)
    .reduce((sum, part) => sum + part.value.trim().length, 0)
  // Two lines with little in common would only be a patchwork.
  if (same * 3 < row.text.trim().length) return say(row.text, { tone })
  return parts.flatMap((part): ReadonlyArray<Span> => {
    if (row.sign === "+" ? part.removed : part.added) return []
    const isChanged = part.added || part.removed
    return [{ text: part.value, style: isChanged ? { tone, inverse: true } : { tone } }]
  })
}

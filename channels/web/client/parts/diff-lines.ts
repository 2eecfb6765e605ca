/** Reads a unified diff, whatever of it is one. */

export interface DiffLine {
  /** gap: between two places of a file. */
  readonly kind: "file" | "gap" | "add" | "remove" | "same"
  /** Removed lines have the number they had, all others the one they have. */
  readonly number?: number
  readonly text: string
}

export const diffLines = (diff: string): ReadonlyArray<DiffLine> => {
  const lines = diff.replace(/\n$/, "").split("\n")
  const out: Array<DiffLine> = []
  let [before, after] = [1, 1]
  /** Lines that the hunk still has: only there a line that begins with dashes is a line of the file. */
  let [left, right] = [0, 0]
  for (const line of lines) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line)
    if (hunk !== null && left <= 0 && right <= 0) {
      ;[before, after] = [Number(hunk[1]), Number(hunk[3])]
      ;[left, right] = [Number(hunk[2] ?? 1), Number(hunk[4] ?? 1)]
      if (out.some(({ kind }) => kind !== "file")) out.push({ kind: "gap", text: `⋮${hunk[5] ?? ""}` })
    } else if (left > 0 || right > 0 || (hunk === null && !isHeader(line))) {
      const kind = line.startsWith("+") ? "add" : line.startsWith("-") ? "remove" : "same"
      // "\ No newline at end of file" is about the line before it.
      if (line.startsWith("\\")) continue
      out.push({ kind, number: kind === "remove" ? before : after, text: line.slice(1) })
      if (kind !== "add") [before, left] = [before + 1, left - 1]
      if (kind !== "remove") [after, right] = [after + 1, right - 1]
    } else if (line.startsWith("+++ ")) out.push({ kind: "file", text: nameIn(line) })
  }
  // Of a single one everybody knows the name.
  return out.filter(({ kind }) => kind === "file").length > 1 ? out : out.filter(({ kind }) => kind !== "file")
}

const isHeader = (line: string): boolean => /^(---|\+\+\+|diff |index |Index: |=+$)/.test(line)

const nameIn = (line: string): string =>
  line
    .slice(4)
    .split("\t", 1)
    .join()
    .replace(/^[ab]\//, "")

export const countDiff = (diff: string): { readonly added: number; readonly removed: number } => {
  const lines = diffLines(diff)
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length
  return { added: count("add"), removed: count("remove") }
}

/** Tables with aligned columns, or a list of records where they do not fit. */
import { indent, type Line, lineWidth, say, wrap } from "./text.ts"

type Align = "left" | "center" | "right" | null

/** Narrowest column that is still worth reading. */
const narrowest = 4

export const tableLines = (
  header: ReadonlyArray<Line>,
  rows: ReadonlyArray<ReadonlyArray<Line>>,
  align: ReadonlyArray<Align>,
  width: number
): ReadonlyArray<Line> => {
  const widths = fit(
    header.map((cell, column) => Math.max(...[cell, ...rows.map((row) => row[column] ?? [])].map(lineWidth), 1)),
    width - 3 * (header.length - 1)
  )
  if (widths === undefined) return records(header, rows, width)
  const rule = say(widths.map((column) => "─".repeat(column)).join("─┼─"), { dim: true })
  return [...rowLines(header, widths, align), rule, ...rows.flatMap((row) => rowLines(row, widths, align))]
}

/** Widest columns give first, down to a common width. */
const fit = (natural: ReadonlyArray<number>, width: number): ReadonlyArray<number> | undefined => {
  let limit = Math.max(...natural)
  const total = () => natural.reduce((sum, column) => sum + Math.min(column, limit), 0)
  while (total() > width && limit > narrowest) limit--
  return total() > width ? undefined : natural.map((column) => Math.min(column, limit))
}

const rowLines = (
  cells: ReadonlyArray<Line>,
  widths: ReadonlyArray<number>,
  align: ReadonlyArray<Align>
): ReadonlyArray<Line> => {
  const wrapped = widths.map((width, column) => wrap(cells[column] ?? [], width))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    widths.flatMap((width, column) => {
      const cell = pad(wrapped[column]?.[row] ?? [], width, align[column] ?? "left")
      return column === 0 ? cell : [{ text: " │ ", style: { dim: true } }, ...cell]
    })
  )
}

const pad = (line: Line, width: number, align: "left" | "center" | "right"): Line => {
  const space = Math.max(0, width - lineWidth(line))
  const before = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0
  return [{ text: " ".repeat(before) }, ...line, { text: " ".repeat(space - before) }]
}

/** One line a cell, named by its header, an empty line between rows. */
const records = (
  header: ReadonlyArray<Line>,
  rows: ReadonlyArray<ReadonlyArray<Line>>,
  width: number
): ReadonlyArray<Line> =>
  rows.flatMap((row, index) => [
    ...(index === 0 ? [] : [[]]),
    ...row.flatMap((cell, column) => {
      const named: Line = [...(header[column] ?? []), { text: ": " }, ...cell]
      return indent(wrap(named, Math.max(1, width - 2)), say(column === 0 ? "• " : "  "), say("  "))
    })
  ])

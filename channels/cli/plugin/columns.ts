/** Rows under each other. */
import stringWidth from "string-width"

/** @returns a line for each row, its cells as wide as the widest of their column, the last as long as it is. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (widths, row) => row.map((cell, n) => Math.max(widths[n] ?? 0, stringWidth(cell))),
    []
  )
  return rows.map((row) =>
    row
      .map((cell, n) => (n === row.length - 1 ? cell : cell + " ".repeat((widths[n] ?? 0) - stringWidth(cell))))
      .join("  ")
      .trimEnd()
  )
}

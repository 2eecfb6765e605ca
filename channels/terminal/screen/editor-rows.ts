/** The prompt laid out in rows of a given width: where the cursor is seen, and where up and down lead. */
import { type Editor, shown } from "./editor.ts"
import { breakRows, graphemesOf, widthOf } from "../text/text.ts"

interface Cell {
  /** Where it begins in the text. */
  readonly at: number
  readonly text: string
  readonly width: number
}

export interface Row {
  readonly cells: ReadonlyArray<Cell>
  /** Where the row begins and ends in the text; the end of a broken line is where the next row begins. */
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly rows: ReadonlyArray<Row>
  readonly row: number
  /** Column of the cursor within its row. */
  readonly column: number
}

const cellsOf = (editor: Editor, line: string, from: number): ReadonlyArray<Cell> => {
  let at = from
  return graphemesOf(line).map((grapheme) => {
    const text = shown(editor, grapheme)
    const cell = { at, text, width: widthOf(text) }
    at += grapheme.length
    return cell
  })
}

export const layout = (editor: Editor, width: number): Layout => {
  const rows: Array<Row> = []
  let from = 0
  for (const line of editor.text.split("\n")) {
    const cells = cellsOf(editor, line, from)
    const starts = breakRows(
      cells.map((cell) => cell.text),
      // One column is kept for the cursor behind the last character.
      Math.max(2, width) - 1
    )
    starts.forEach((start, index) => {
      const next = starts[index + 1]
      const end = next === undefined ? from + line.length : (cells[next]?.at ?? 0)
      rows.push({ cells: cells.slice(start, next), from: cells[start]?.at ?? from, to: end })
    })
    from += line.length + 1
  }
  const row = rows.findLastIndex((candidate) => candidate.from <= editor.cursor)
  return { rows, row, column: columnAt(rows[row], editor.cursor) }
}

const columnAt = (row: Row | undefined, cursor: number): number =>
  (row?.cells ?? []).reduce((sum, cell) => (cell.at < cursor ? sum + cell.width : sum), 0)

/** Moves the cursor a row up or down, keeping its column; `undefined` at the first or last row. */
export const moveRow = (editor: Editor, by: -1 | 1, width: number): Editor | undefined => {
  const { rows, row, column } = layout(editor, width)
  const target = rows[row + by]
  if (target === undefined) return undefined
  let left = 0
  for (const cell of target.cells) {
    if (left + cell.width > column) return { ...editor, cursor: cell.at }
    left += cell.width
  }
  const last = target.cells.at(-1)
  // The end of a broken row is the beginning of the next: the place before its last character is the one that stays here.
  const isBroken = rows[row + by + 1]?.from === target.to && target.cells.length > 0
  return { ...editor, cursor: isBroken && last !== undefined ? last.at : target.to }
}

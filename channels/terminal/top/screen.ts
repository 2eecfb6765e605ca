/** What `top` shows: a line for each process, the tree of the one that is chosen, and what the keys do. */
import type { Seen } from "../../health/look.ts"
import { type Line, say, truncate } from "../text/text.ts"
import { processLine, treeLines } from "./tree.ts"

export interface Top {
  /** By process id. */
  readonly seen: ReadonlyArray<Seen>
  /** Process id of the one whose tree is shown. */
  readonly chosen: number | undefined
  /** Lines of the tree above the first one shown. */
  readonly scroll: number
  readonly columns: number
  readonly rows: number
  /** When it was looked last, milliseconds since the Unix epoch. */
  readonly now: number
  readonly leaving: boolean
}

export const topScreen = (top: Top): ReadonlyArray<Line> => {
  if (top.leaving) return []
  const tree = treeOf(top)
  const room = roomOf(top)
  const rows = [
    ...processRows(top),
    [],
    ...Array.from({ length: room }, (_, row) => tree[top.scroll + row] ?? []),
    footLine(top, tree.length, room)
  ]
  // The last column is left free: some terminals wrap when it is written.
  return rows.slice(0, Math.max(1, top.rows - 1)).map((row) => truncate(row, Math.max(1, top.columns - 1)))
}

/** How far the tree can be scrolled. */
export const lastScroll = (top: Top): number => Math.max(0, treeOf(top).length - roomOf(top))

/** Rows for the tree: what processes, an empty row, the foot and the last row, which stays free, leave. */
export const roomOf = (top: Top): number => Math.max(1, top.rows - 3 - processRows(top).length)

const treeOf = ({ seen, chosen, now }: Top): ReadonlyArray<Line> => {
  const health = seen.find(({ pid }) => pid === chosen)?.health
  return health === undefined ? [] : treeLines(health, now)
}

/** At most a third of the screen; the chosen one is always among them. */
const processRows = ({ seen, chosen, rows, columns, now }: Top): ReadonlyArray<Line> => {
  if (seen.length === 0) return [say("no kintsugi is running any more; one that starts will be shown")]
  const most = Math.max(1, Math.floor(rows / 3))
  const at = seen.findIndex(({ pid }) => pid === chosen)
  const first = Math.max(0, Math.min(at - most + 1, seen.length - most))
  return seen
    .slice(first, first + most)
    .map((one, index) => [
      one.pid === chosen ? { text: "› ", style: { tone: "accent", bold: true } } : { text: "  " },
      ...(seen.length === 1 ? [] : say(`${first + index + 1} `.padEnd(String(seen.length).length + 1), { dim: true })),
      ...processLine(one, now, Math.floor(columns / 3))
    ])
}

const footLine = ({ scroll, seen }: Top, lines: number, room: number): Line => {
  const shown = lines > room ? `${scroll + 1}–${Math.min(scroll + room, lines)} of ${lines} · ↑ ↓ scroll · ` : ""
  return say(`${shown}${seen.length > 1 ? "tab or number: another process · " : ""}q leaves`, { dim: true })
}

/** A plan as a checklist: its goal, how far it is, and its steps; when there is no room for all, those around the newest. */
import { stepMarks } from "../../cli/plan-lines.ts"
import type { PlanView } from "../../../plugins/plan-view.ts"
import { clean, type Line, say, type Style, truncate } from "./text.ts"

type Step = PlanView["steps"][number]

const styles: Readonly<Record<Step["state"], Style>> = {
  pending: {},
  running: { tone: "accent", bold: true },
  done: { dim: true },
  failed: { tone: "bad" },
  skipped: { dim: true, strike: true }
}

/** A stranger's text on one line. */
const line = (text: string): string => clean(text.slice(0, 1000)).replace(/\s+/g, " ").trim()

export interface ChecklistOptions {
  readonly width: number
  /** Rows for all of it, from 2; absent: as many as it takes. */
  readonly rows?: number
}

export const checklist = (plan: PlanView, { width, rows }: ChecklistOptions): ReadonlyArray<Line> => {
  const { goal, steps } = plan
  const done = steps.filter(({ state }) => state === "done" || state === "skipped").length
  const head: Line = [
    { text: "plan ", style: { bold: true } },
    { text: `${done}/${steps.length}`, style: { dim: true } },
    { text: ` ${line(goal)}` }
  ]
  const room = rows === undefined ? steps.length : rows - 1
  return [truncate(head, width), ...stepLines(steps, room).map((row) => truncate(row, width))]
}

const stepLines = (steps: ReadonlyArray<Step>, room: number): ReadonlyArray<Line> => {
  if (steps.length <= room) return steps.map(stepLine)
  const shown = Math.max(1, room - 1)
  const newest = steps.findLastIndex(({ state }) => state !== "pending")
  const from = Math.max(0, Math.min(newest - Math.floor(shown / 2), steps.length - shown))
  const rest = say(`  … ${steps.length - shown} more`, { dim: true, italic: true })
  return [...steps.slice(from, from + shown).map(stepLine), ...(room > 1 ? [rest] : [])]
}

const stepLine = ({ state, text, note = "" }: Step): Line => [
  { text: `  ${stepMarks[state]} `, style: styles[state] },
  { text: line(text), style: styles[state] },
  ...(note.trim() === "" ? [] : [{ text: `  ${line(note)}`, style: { dim: true } }])
]

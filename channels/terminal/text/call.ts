/** A tool call as lines: one that says what was called and what came of it, and a few of what it told. */
import type { ToolCall } from "../../../llm/message.ts"
import { adviceOf, labelOf, lossesOf, stateOf, succeeded, type ToldAnswer } from "../../../plugins/outcome.ts"
import { planIn } from "../../../plugins/plan-view.ts"
import type { Outcome } from "../../../plugins/tool.ts"
import { mainArgument, oneLine } from "../../main-argument.ts"
import { countDiff, diffLines } from "./diff.ts"
import { elapsed } from "./numbers.ts"
import { clean, indent, type Line, lineWidth, say, type Span, type Tone, truncate, widthOf, wrap } from "./text.ts"
import { isSubagent } from "../view/running.ts"
import type { LiveCall } from "../view/view.ts"

/** Rows of output, of a diff and of a running call's tail that are shown before someone asks for more. */
const outputRows = 4
const diffRows = 16
const tailRows = 3

/** Tools whose success is told by their line alone: what they read is for the model. */
const silent = /^(read_file|glob|grep|(list|grep|search|get|view)_\w+|load_plugins|task_done)$/

/** `● tool argument   note`: the argument gives way when the width is short. */
const headLine = (glyph: Span, call: ToolCall, notes: Line, width: number): Line => {
  const name: Line = [glyph, { text: " " }, { text: clean(call.name), style: { bold: true } }]
  const argument = mainArgument(call, clean)
  const room = width - lineWidth(name) - (notes.length === 0 ? 0 : lineWidth(notes) + 2) - 1
  const shown = argument === "" || room < 6 ? [] : [{ text: " " }, ...truncate(say(argument), room)]
  const note = notes.length === 0 ? [] : [{ text: "  " }, ...notes]
  return truncate([...name, ...shown, ...note], width)
}

export const liveCallLines = (live: LiveCall, spinner: string, now: number, width: number): ReadonlyArray<Line> => {
  if (live.settled !== undefined)
    return callLines({ call: live.call, answer: live.settled.answer }, { width, expanded: false })
  if (live.startedAt === undefined) return [headLine({ text: "○", style: { dim: true } }, live.call, [], width)]
  const time = elapsed(now - live.startedAt)
  const head = headLine({ text: spinner, style: { tone: "accent" } }, live.call, say(time, { dim: true }), width)
  const lines = clean(live.tail)
    .trimEnd()
    .split("\n")
    .filter((line) => line.trim() !== "")
  const tail = isSubagent(live.call) ? activity(lines, live, now) : lines.slice(-tailRows)
  return [head, ...tail.map((line) => truncate([...gutter, { text: line, style: { dim: true } }], width))]
}

/** The newest thing that a subagent does, and for how long. */
const activity = (
  lines: ReadonlyArray<string>,
  { toldAt, startedAt }: LiveCall,
  now: number
): ReadonlyArray<string> => {
  const time = elapsed(now - (toldAt ?? startedAt ?? now))
  return lines.slice(-1).map((line) => `${line}  ${time}`)
}

const gutter: Line = [{ text: "  │ ", style: { dim: true } }]

export interface CallOptions {
  readonly width: number
  /** Everything, instead of the first or last few rows. */
  readonly expanded: boolean
}

export const callLines = (
  { call, answer, ms }: { readonly call: ToolCall; readonly answer: ToldAnswer; readonly ms?: number },
  options: CallOptions
): ReadonlyArray<Line> => {
  const head = headLine(glyphOf(answer), call, notesOf(call, answer, ms, options.width), options.width)
  const width = Math.max(1, options.width - widthOf("  │ "))
  const inside = { ...options, width }
  const body = [...losses(answer, inside), ...bodyOf(call, answer, inside)]
  return [head, ...body.flatMap((line) => indent([line], gutter, gutter))]
}

/** Gold for what was mended. */
const outcomeTones: Readonly<Record<Outcome, Tone>> = {
  contained: "bad",
  degraded: "warn",
  provisional: "accent",
  healed: "accent",
  false_heal: "bad"
}

/** Where there are no colours a degraded answer must not look like a whole one. */
const glyphOf = (answer: ToldAnswer): Span => {
  const state = stateOf(answer)
  if (!succeeded(answer)) return { text: "✗", style: { tone: "bad" } }
  if (state === undefined) return { text: "✓", style: { tone: "good" } }
  return { text: state === "degraded" ? "!" : "✓", style: { tone: outcomeTones[state] } }
}

const stateNote = (answer: ToldAnswer): ReadonlyArray<Line> => {
  const state = stateOf(answer)
  const label = labelOf(answer)
  return state === undefined || label === undefined ? [] : [say(clean(label), { tone: outcomeTones[state] })]
}

/** What is missing or made up in an answer stands before it. */
const losses = (answer: ToldAnswer, options: CallOptions): ReadonlyArray<Line> => {
  const lines = lossesOf(answer).flatMap((loss) => wrap(say(clean(`lost: ${loss}`), { tone: "warn" }), options.width))
  return cut(lines, outputRows * 2, "head", options)
}

/** The state, counts of a diff, the summary if it is short, and the time if it is worth telling. */
const notesOf = (call: ToolCall, answer: ToldAnswer, ms: number | undefined, width: number): Line => {
  const parts: Array<Line> = [...stateNote(answer)]
  if (answer.diff !== undefined) {
    const { added, removed } = countDiff(answer.diff)
    parts.push([
      { text: `+${added}`, style: { tone: "good" } },
      { text: " " },
      { text: `−${removed}`, style: { tone: "bad" } }
    ])
  } else if (succeeded(answer) && answer.summary !== undefined && call.name !== "task_done") {
    const summary = oneLine(answer.summary, clean)
    if (summary !== "" && !summary.includes(mainArgument(call, clean)))
      parts.push(truncate(say(summary, { dim: true }), Math.floor(width / 2)))
  }
  if (ms !== undefined && ms >= 1000) parts.push(say(elapsed(ms), { dim: true }))
  return parts.flatMap((part, index) => (index === 0 ? part : [{ text: "  " }, ...part]))
}

const bodyOf = (call: ToolCall, answer: ToldAnswer, options: CallOptions): ReadonlyArray<Line> => {
  if (answer.diff !== undefined && succeeded(answer))
    return cut(diffLines(answer.diff, options.width), diffRows, "head", options)
  if (!succeeded(answer)) return failure(answer, options)
  // A plan is shown as a checklist of its own.
  if (!options.expanded && (silent.test(call.name) || planIn(answer) !== undefined)) return []
  return output(textOf(answer.data), "end", options)
}

/** What went wrong first, then what the tool told about it. */
const failure = (answer: ToldAnswer, options: CallOptions): ReadonlyArray<Line> => {
  const reason = clean(answer.error ?? answer.summary ?? "failed").trim()
  const told = textOf(answer.data)
  const lines = reason.split("\n").flatMap((line) => wrap(say(line, { tone: "bad" }), options.width))
  const rest = told.trim() === "" || reason.includes(told.trim()) ? [] : output(told, "end", options)
  return [...cut(lines, outputRows * 2, "head", options), ...adviceLines(answer, options), ...rest]
}

/** What plugins know about such a failure. */
const adviceLines = (answer: ToldAnswer, { width }: CallOptions): ReadonlyArray<Line> =>
  adviceOf(answer).flatMap(({ plugin, diagnosis, fixes }) => [
    ...wrap(say(clean(diagnosis === "" ? `${plugin} advises:` : `${plugin}: ${diagnosis}`), { tone: "info" }), width),
    ...fixes.flatMap((fix) => indent(wrap(say(clean(fix)), Math.max(1, width - 2)), say("→ "), say("  ")))
  ])

const textOf = (data: unknown): string => {
  if (data === undefined || data === null) return ""
  return typeof data === "string" ? data : JSON.stringify(data, null, 2)
}

/** Only the lines that are shown are looked at: an output of ten thousand lines costs no more than a short one. */
const output = (text: string, keep: "head" | "end", options: CallOptions): ReadonlyArray<Line> => {
  const lines = text.replace(/\s+$/, "").split("\n")
  if (lines.length === 1 && lines[0] === "") return []
  const style = { dim: true }
  if (options.expanded) return lines.flatMap((line) => wrap(say(clean(line), style), options.width))
  const shown =
    lines.length <= outputRows + 1 ? lines : keep === "head" ? lines.slice(0, outputRows) : lines.slice(-outputRows)
  const rows = shown.map((line) => truncate(say(clean(line.slice(0, 2000)), style), options.width))
  return withRest(rows, lines.length - shown.length, keep, options.width)
}

const cut = (
  lines: ReadonlyArray<Line>,
  most: number,
  keep: "head" | "end",
  options: CallOptions
): ReadonlyArray<Line> =>
  options.expanded || lines.length <= most + 1
    ? lines
    : withRest(keep === "head" ? lines.slice(0, most) : lines.slice(-most), lines.length - most, keep, options.width)

const withRest = (
  rows: ReadonlyArray<Line>,
  rest: number,
  keep: "head" | "end",
  width: number
): ReadonlyArray<Line> => {
  if (rest === 0) return rows
  const note = truncate(
    say(`… ${rest.toLocaleString("en")} more ${rest === 1 ? "line" : "lines"} (ctrl-o to expand)`, {
      dim: true,
      italic: true
    }),
    width
  )
  return keep === "head" ? [...rows, note] : [note, ...rows]
}

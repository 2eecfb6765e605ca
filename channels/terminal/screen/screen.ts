/**
 * The part of the screen that changes: a state and a size in, rows and the place of the cursor out.
 *
 * It never takes the whole height: a frame as high as the screen would make the terminal scroll with every change.
 */
import { liveCallLines } from "../text/call.ts"
import { layout } from "./editor-rows.ts"
import { thinkingLines } from "../text/item.ts"
import { markdown } from "../text/markdown.ts"
import { elapsed } from "../text/numbers.ts"
import { remoteWords } from "./remote.ts"
import { choiceLine, pickerLines } from "./picker.ts"
import { inquiryLines, isInquiry } from "./inquiry.ts"
import { questionLines } from "./question.ts"
import { widgetLines, widgetWords } from "./widgets.ts"
import { checklist } from "../text/checklist.ts"
import { statusLine } from "./status.ts"
import { joint, mend } from "../text/stream.ts"
import type { State } from "./state.ts"
import { clean, indent, type Line, say, type Span, truncate, widthOf } from "../text/text.ts"
import { menuOf } from "./menu.ts"
import { isBusy, type Phase, type View } from "../view/view.ts"

export interface Screen {
  readonly lines: ReadonlyArray<Line>
  /** Where the terminal's cursor stands; absent where nothing can be typed. */
  readonly cursor?: { readonly x: number; readonly y: number }
}

export interface Moment {
  readonly now: number
  readonly links: boolean
}

export const screen = (state: State, moment: Moment): Screen => {
  if (state.leaving) return { lines: [] }
  // The last column is left free: some terminals wrap when it is written.
  const width = Math.max(10, state.columns - 1)
  const height = Math.max(3, state.rows - 1)
  const bottom = bottomOf(state, width, height)
  const apart = state.rows >= 10
  const activity = spaced(
    [...activityLines(state, moment.now, width), ...runningLines(state, moment.now, width)],
    apart
  )
  const queued = queuedLines(state.view, width)
  const box = boxLines(state, width, height - bottom.lines.length)
  const used = bottom.lines.length + activity.length + queued.length + box.length
  // A third of the screen at most, and none of it while something is to be chosen.
  const spare = box.length > 0 ? 0 : Math.min(height - used - 1, Math.floor(height / 3))
  const plan = spaced(planLines(state, width, spare - 1), apart)
  const widgets = spaced(widgetLines(state.widgets, width, spare - plan.length - 1), apart)
  const live = liveLines(state, moment, width)
  const room = height - used - plan.length - widgets.length
  const above = [...fitted(live, room, state.view), ...box, ...plan, ...activity, ...queued, ...widgets]
  const lines = [...above, ...bottom.lines].slice(-height)
  const cut = above.length + bottom.lines.length - lines.length
  const cursor = bottom.cursor && { x: bottom.cursor.x, y: bottom.cursor.y + above.length - cut }
  return cursor === undefined ? { lines } : { lines, cursor }
}

/** With an empty row before them. */
const spaced = (lines: ReadonlyArray<Line>, apart: boolean): ReadonlyArray<Line> =>
  lines.length === 0 || !apart ? lines : [[], ...lines]

/** The end of what is being written stays in sight; an empty row sets it apart from what is printed. */
const fitted = (live: ReadonlyArray<Line>, room: number, view: View): ReadonlyArray<Line> => {
  if (live.length === 0 || room <= 0) return []
  const isGlued = view.open.glued && view.calls.length === 0 && view.thinking === undefined
  const apart = !isGlued && view.done.length > 0 && room > 3
  return apart ? [[], ...live.slice(1 - room)] : live.slice(-room)
}

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

const spinner = (now: number): string => frames.charAt(Math.floor(now / 100) % frames.length)

const liveLines = (state: State, { now, links }: Moment, width: number): ReadonlyArray<Line> => {
  const { view, thinkingShown } = state
  const thinking =
    view.thinking !== undefined && thinkingShown
      ? thinkingLines(view.thinking.text.slice(-4000), now - view.thinking.since, width - 2)
      : []
  const text = mend(view.open.text)
  const reply = text.trim() === "" ? [] : markdown(text, { width: Math.max(1, width - 2), links, ...joint(view.open) })
  const prose = indent(reply, say(view.opened ? "  " : "● "), say("  "))
  const calls = view.calls.flatMap((live) => liveCallLines(live, spinner(now), now, width))
  return [...thinking, ...prose, ...calls]
}

const labels: Readonly<Record<Exclude<Phase["name"], "calling" | "retrying" | "idle">, string>> = {
  waiting: "waiting for the model",
  thinking: "thinking",
  writing: "writing",
  acting: "working",
  compacting: "compacting"
}

const labelOf = ({ phase }: View, now: number): string => {
  if (phase.name === "calling") return `preparing ${clean(phase.tool)}`
  if (phase.name === "retrying") {
    const wait = Math.max(0, Math.ceil((phase.until - now) / 1000))
    return `trying again${wait > 0 ? ` in ${wait}s` : ""} (${phase.attempt}): ${clean(phase.reason).replaceAll("\n", " ")}`
  }
  return phase.name === "idle" ? "" : labels[phase.name]
}

/** What the agent does and for how long; a question says it itself. */
const activityLines = (state: State, now: number, width: number): ReadonlyArray<Line> => {
  const { view, cancelling } = state
  if (!isBusy(view) || view.questions.length > 0) return []
  const label = cancelling ? "stopping" : labelOf(view, now)
  const since = view.phase.name === "thinking" ? view.phaseSince : (view.turn?.since ?? view.phaseSince)
  const line: Line = [
    { text: spinner(now), style: { tone: "accent" } },
    { text: ` ${label}… ${elapsed(now - since)}${cancelling ? "" : " · esc to stop"}`, style: { dim: true } }
  ]
  return [truncate(line, width)]
}

/** What a plugin does for the user. */
const runningLines = ({ running }: State, now: number, width: number): ReadonlyArray<Line> => {
  if (running === undefined) return []
  const label = clean(running.label).replace(/\s+/g, " ").slice(0, 60)
  const said = clean(running.told)
  const line: Line = [
    { text: spinner(now), style: { tone: "accent" } },
    {
      text: ` ${label}… ${elapsed(now - running.since)} · esc gives it up${said === "" ? "" : ` · ${said}`}`,
      style: { dim: true }
    }
  ]
  return [truncate(line, width)]
}

/** The plan that the agent works on, while it works. */
const planLines = ({ view }: State, width: number, room: number): ReadonlyArray<Line> =>
  view.plan === undefined || !isBusy(view) || room < 2 ? [] : checklist(view.plan, { width, rows: room })

const queuedLines = ({ queued }: View, width: number): ReadonlyArray<Line> => {
  const shown = queued.slice(-2).map(({ text }) => {
    const [first = "", ...rest] = clean(text).split("\n")
    const line: Line = [
      { text: "› ", style: { dim: true } },
      { text: `${first}${rest.length > 0 ? " …" : ""}`, style: { dim: true } }
    ]
    return [...truncate(line, width - 10), { text: "  (queued)", style: { dim: true, italic: true } }]
  })
  const more = queued.length - shown.length
  return more > 0 ? [say(`  ${more} more queued`, { dim: true }), ...shown] : shown
}

/** A question or a list to choose from. */
const boxLines = (state: State, width: number, room: number): ReadonlyArray<Line> => {
  const [question] = state.view.questions
  if (question !== undefined && state.asking !== undefined) {
    const height = Math.max(5, Math.min(room - 1, 24))
    const waiting = state.view.questions.length - 1
    const options = { width, height, asking: state.asking, waiting, folder: state.status.cwd }
    const box = isInquiry(question) ? inquiryLines(question, options) : questionLines(question, options)
    return room > box.length ? [[], ...box] : box
  }
  if (state.picker === undefined) return []
  return [[], ...pickerLines(state.picker, width, Math.max(3, Math.min(room - 2, 12)))]
}

/** Prompt, suggestions and status. */
const bottomOf = (
  state: State,
  width: number,
  height: number
): { readonly lines: ReadonlyArray<Line>; readonly cursor?: Screen["cursor"] } => {
  const status = footLine(state, width)
  const isAsked = state.asking !== undefined && state.editor.text === ""
  if (isAsked || state.picker !== undefined) return { lines: height > 8 ? [[], status] : [status] }
  const rule = say("─".repeat(width), { dim: true })
  const frame = height > 8
  const prompt = promptLines(state, width, Math.max(1, Math.floor(height / 3)))
  const menu = menuLines(state, width, Math.max(2, Math.min(8, height - prompt.lines.length - 3)))
  const below = menu.length > 0 ? menu : [status]
  const lines = frame ? [[], rule, ...prompt.lines, rule, ...below] : [...prompt.lines, ...below]
  return { lines, cursor: { x: prompt.x, y: prompt.y + (frame ? 2 : 0) } }
}

const promptLines = (state: State, width: number, most: number) => {
  const { rows, row, column } = layout(state.editor, width - 2)
  const top = Math.max(0, row - most + 1)
  const mark: Span = { text: "› ", style: { tone: "accent", bold: true } }
  const lines = rows.slice(top, top + most).map((shown, index): Line => {
    const text = shown.cells.map((cell) => cell.text).join("")
    const hidden = index === 0 && top > 0
    return [hidden ? { text: "↑ ", style: { dim: true } } : index + top === 0 ? mark : { text: "  " }, { text }]
  })
  const hint = state.editor.text === "" ? [[mark, { text: placeholder(state), style: { dim: true } }]] : lines
  return { lines: hint.map((line) => truncate(line, width)), x: Math.min(2 + column, width), y: row - top }
}

const placeholder = ({ view, history }: State): string =>
  isBusy(view) ? "say more while it works" : history.length === 0 ? "ask for anything; / for commands, @ for files" : ""

const menuLines = (state: State, width: number, most: number): ReadonlyArray<Line> => {
  const menu = menuOf(state)
  if (menu === undefined) return []
  const { suggestions, selected } = menu
  const top = Math.max(0, selected - most + 1)
  const shown = suggestions.items.slice(top, top + most)
  // Notes stand in a column of their own where there is room for one.
  const label = Math.min(Math.max(...shown.map((item) => widthOf(item.label))), Math.floor(width / 2))
  return shown.map((item, index) =>
    choiceLine(
      { ...item, label: item.note === "" ? item.label : item.label.padEnd(label) },
      top + index === selected,
      width
    )
  )
}

const footLine = (state: State, width: number): Line =>
  state.hint === undefined
    ? statusLine(state.status, width, widgetWords(state.widgets), state.remote && remoteWords(state.remote))
    : truncate(say(state.hint.text, { tone: "warn" }), width)

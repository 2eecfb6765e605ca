/** The box in which a running tool asks: who wants to know what, and a form, or yes and no. */
import type { Question } from "../../../machines/events.ts"
import type { Field, Inquiry } from "../../../plugins/inquiry.ts"
import { addressParts, expected, ofField, shownValue, titleOf, warningOf } from "../../../plugins/inquiry/words.ts"
import { graphemesOf, indent, type Line, reveal, say, type Span, widthOf, wrap } from "../text/text.ts"
import type { Entry, Form } from "./form.ts"
import { pressForm } from "./form.ts"
import { type Key, keyName } from "./keys.ts"
import { type Asked, type Asking, box, page, type QuestionOptions, viewport } from "./question.ts"

type Asks = Question & { readonly inquiry: Inquiry }

export const isInquiry = (question: Question): question is Asks => question.inquiry !== undefined

/** Paging looks around; any other key goes to the form, or chooses. */
export const pressInquiry = (asking: Asking, key: Key, rows: number): Asked => {
  const open = (change: Partial<Asking>): Asked => ({ type: "open", asking: { ...asking, ...change } })
  const name = key.type === "text" ? key.text.toLowerCase() : keyName(key)
  if (name === "pagedown")
    return open({ scroll: Math.max(0, Math.min(asking.scroll + page, rows - page)), isPaged: true })
  if (name === "pageup") return open({ scroll: Math.max(0, asking.scroll - page), isPaged: true })
  if (asking.form === undefined) return pressYesOrNo(asking, name ?? "", open)
  const filled = pressForm(asking.form, key)
  if (filled.type === "declined") return { type: "decided", decision: "deny" }
  if (filled.type === "sent") return { type: "decided", decision: "allow", content: filled.content }
  return open({ form: filled.form, isPaged: false })
}

const pressYesOrNo = (asking: Asking, name: string, open: (change: Partial<Asking>) => Asked): Asked => {
  switch (name) {
    case "y":
    case "1":
      return { type: "decided", decision: "allow" }
    case "n":
    case "2":
    case "escape":
      return { type: "decided", decision: "deny" }
    case "enter":
      return { type: "decided", decision: asking.choice === 0 ? "allow" : "deny" }
    case "up":
    case "down":
    case "left":
    case "right":
    case "tab":
      return open({ choice: 1 - asking.choice })
    default:
      return open({})
  }
}

const text = (value: string, width: number, style: Span["style"] = {}): ReadonlyArray<Line> =>
  reveal(value)
    .trimEnd()
    .split("\n")
    .flatMap((line) => wrap(say(line, style), width))

/** All of what it says before its fields. */
export const inquiryBody = ({ inquiry }: Asks, width: number): ReadonlyArray<Line> => [
  ...text(inquiry.message, width),
  ...(inquiry.url === undefined ? [] : wrap(addressLine(inquiry.url), width)),
  ...text(warningOf(inquiry), width, { dim: true })
]

/** The whole address; its host stands out. */
export const addressLine = (url: string): Line => {
  const [before, host, after] = addressParts(url)
  return [
    { text: reveal(before), style: { tone: "info" } },
    { text: reveal(host), style: { tone: "info", bold: true, underline: true } },
    { text: reveal(after), style: { tone: "info" } }
  ]
}

/** Rows of everything but the choices, and the one that the cursor is in. */
export const inquiryRows = (question: Asks, form: Form | undefined, width: number) => {
  const rows = [...inquiryBody(question, width)]
  let focus = 0
  form?.fields.forEach((field, index) => {
    const entry = form.entries[index]
    if (entry === undefined) return
    const { lines, cursor } = fieldRows(field, entry, index === form.at, ofField(form.problems, field), width)
    rows.push([], ...lines)
    if (index === form.at) focus = rows.length - lines.length + cursor
  })
  if (form !== undefined && form.at === form.fields.length) focus = rows.length - 1
  return { rows, focus }
}

/** `cursor`: number of the line that is being filled in. */
const fieldRows = (
  field: Field,
  entry: Entry,
  isHere: boolean,
  problem: string | undefined,
  width: number
): { readonly lines: ReadonlyArray<Line>; readonly cursor: number } => {
  const inner = Math.max(1, width - 4)
  const hint = [expected(field), field.required ? "required" : ""].filter((note) => note !== "").join(", ")
  const label: Line = [
    isHere ? { text: "› ", style: { tone: "accent", bold: true } } : { text: "  " },
    { text: reveal(titleOf(field)).replaceAll("\n", " "), style: { bold: true } },
    ...(hint === "" ? [] : [{ text: `  ${hint}`, style: { dim: true } }])
  ]
  const about = field.description === undefined ? [] : text(field.description, inner, { dim: true })
  const wrong = problem === undefined ? [] : text(problem, inner, { tone: "bad" })
  const margin = say("    ")
  const above = [
    ...wrap(label, width),
    ...indent(about, margin, margin),
    ...indent(wrong, say("  ! ", { tone: "bad" }), margin)
  ]
  const parts = entryParts(field, entry, isHere, inner)
  const upToCursor = entry.kind === "many" ? parts.slice(0, entry.at + 1) : parts
  return {
    lines: [...above, ...indent(parts.flat(), margin, margin)],
    cursor: above.length + upToCursor.flat().length - 1
  }
}

/** The lines of each option where they stand below each other, else of the whole. */
const entryParts = (field: Field, entry: Entry, isHere: boolean, width: number): ReadonlyArray<ReadonlyArray<Line>> => {
  if (entry.kind === "text") return [[textLine(entry.editor.text, entry.editor.cursor, isHere, width)]]
  if (entry.kind === "one") {
    const value = entry.picked === undefined ? undefined : entry.options[entry.picked]
    const shown = value === undefined ? "—" : reveal(shownValue(field, value)).replaceAll("\n", " ")
    const count = isHere ? `  ${(entry.picked ?? -1) + 1} of ${entry.options.length}` : ""
    const style = isHere ? ({ tone: "accent" } as const) : {}
    const line: Line = [
      { text: isHere ? `‹ ${shown} ›` : shown, style },
      { text: count, style: { dim: true } }
    ]
    return [wrap(line, width)]
  }
  const spans = entry.options.map((option, index): Span => {
    const mark = entry.picked.includes(index) ? "[x]" : "[ ]"
    const style = isHere && index === entry.at ? ({ tone: "accent", inverse: true } as const) : {}
    return { text: `${mark} ${reveal(shownValue(field, [option])).replaceAll("\n", " ")}`, style }
  })
  return spans.map((span) => wrap([span], width))
}

/** One row of what is written, around the cursor. */
const textLine = (written: string, cursor: number, isHere: boolean, width: number): Line => {
  if (!isHere) return written === "" ? say("—", { dim: true }) : say(fromEnd(graphemesOf(written), width).join(""))
  const before = fromEnd(graphemesOf(written.slice(0, cursor)), Math.max(1, width - 2))
  const [under = " ", ...after] = graphemesOf(written.slice(cursor))
  return [
    { text: before.join("") },
    { text: under, style: { inverse: true } },
    { text: fromStart(after, width - 2 - widthOf(before.join(""))).join("") }
  ]
}

const fromStart = (graphemes: ReadonlyArray<string>, width: number): ReadonlyArray<string> => {
  let used = 0
  return graphemes.filter((grapheme) => (used += widthOf(grapheme)) <= width)
}

const fromEnd = (graphemes: ReadonlyArray<string>, width: number): ReadonlyArray<string> =>
  fromStart(graphemes.toReversed(), width).toReversed()

export const inquiryLines = (question: Asks, options: QuestionOptions): ReadonlyArray<Line> => {
  const { height, asking, waiting } = options
  const width = Math.max(10, options.width - 4)
  const { rows, focus } = inquiryRows(question, asking.form, width)
  const choices = asking.form === undefined ? [yesOrNo(asking.choice, question)] : [sendRow(asking.form)]
  const room = Math.max(1, height - 2 - choices.length)
  // What is asked is read first; from the first key on the line that is being filled in stays in sight.
  const isFollowed = asking.form !== undefined && asking.isPaged === false
  const scroll = isFollowed ? Math.max(0, focus + 2 - room) : asking.scroll
  return box(titleLine(question, waiting), [...viewport(rows, scroll, room), ...choices], options.width)
}

const titleLine = ({ inquiry, tool, agent }: Asks, waiting: number): Line => [
  { text: reveal(inquiry.from).replaceAll("\n", " "), style: { bold: true } },
  { text: " asks" },
  { text: ` · ${reveal(tool)}`, style: { dim: true } },
  ...(agent === undefined
    ? []
    : [{ text: ` · subagent: ${reveal(agent).replace(/\s+/g, " ")}`, style: { dim: true } }]),
  ...(waiting === 0 ? [] : [{ text: ` · ${waiting} more`, style: { dim: true } }])
]

const chosen = { tone: "accent", inverse: true } as const

const yesOrNo = (choice: number, { inquiry }: Asks): Line => [
  {
    text: inquiry.url === undefined ? "y yes" : "y yes, I open it myself",
    style: choice === 0 ? chosen : {}
  },
  { text: "  " },
  { text: "n no", style: choice === 0 ? {} : chosen }
]

const sendRow = ({ at, fields }: Form): Line => {
  const field = fields[at]
  const keys =
    field === undefined
      ? "enter"
      : field.type === "choices"
        ? "←→ space, enter: next"
        : field.type === "choice" || field.type === "boolean"
          ? "←→, enter: next"
          : "enter: next"
  return [
    { text: "Send", style: field === undefined ? chosen : {} },
    { text: `  ${keys} · ↑↓ · esc: decline`, style: { dim: true } }
  ]
}

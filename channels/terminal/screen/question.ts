/** The box that asks for permission: what will happen, what "always" would allow, and three choices. */
import type { Question } from "../../../machines/events.ts"
import type { FieldValue } from "../../../plugins/inquiry.ts"
import type { Risk } from "../../../plugins/tool.ts"
import { mainArgument } from "../../main-argument.ts"
import { countDiff, diffLines } from "../text/diff.ts"
import { type Form, formOf } from "./form.ts"
import { type Key, keyName } from "./keys.ts"
import { indent, type Line, lineWidth, reveal, say, type Tone, truncate, wrap } from "../text/text.ts"

export type Decision = "allow" | "always" | "deny"

/** How the box is being read. */
export interface Asking {
  readonly id: string
  readonly choice: number
  /** First row of the body that is shown. */
  readonly scroll: number
  /**
   * When keys begin to count as answers, milliseconds since the Unix epoch. Whoever is typing while the box appears goes
   * on typing: each key before this time puts it off.
   */
  readonly readyAt: number
  /** What an inquiry with fields is answered with so far. */
  readonly form?: Form
  /** The user looks around in it: what has the cursor need not be in sight. Absent: nothing was pressed yet. */
  readonly isPaged?: boolean
}

/** Milliseconds without a key after which the next one is meant for the box. */
export const quiet = 300

export const startAsking = ({ id, inquiry }: Pick<Question, "id" | "inquiry">, now: number): Asking => {
  const form = inquiry && formOf(inquiry)
  return { id, choice: 0, scroll: 0, readyAt: now + quiet, ...(form && { form }) }
}

/** Without a rule "always" would be no more than "once". */
const decisionsFor = ({ rule }: Pick<Question, "rule">): ReadonlyArray<Decision> =>
  rule === "" ? ["allow", "deny"] : ["allow", "always", "deny"]

/** Rows that page up and page down move. */
export const page = 8

export type Asked =
  | { readonly type: "open"; readonly asking: Asking }
  | {
      readonly type: "decided"
      readonly decision: Decision
      /** Of an inquiry. */
      readonly content?: Readonly<Record<string, FieldValue>>
    }

/** @param rows of the body, which scrolling cannot pass. */
export const pressQuestion = (asking: Asking, key: Key, rows: number, question: Pick<Question, "rule">): Asked => {
  const decisions = decisionsFor(question)
  const name = key.type === "text" ? key.text.toLowerCase() : keyName(key)
  const open = (change: Partial<Asking>): Asked => ({ type: "open", asking: { ...asking, ...change } })
  switch (name) {
    case "y":
    case "1":
      return { type: "decided", decision: "allow" }
    case "a":
    case "2":
      return decisions.includes("always") ? { type: "decided", decision: "always" } : open({})
    case "n":
    case "3":
    case "escape":
      return { type: "decided", decision: "deny" }
    case "enter":
      return { type: "decided", decision: decisions[asking.choice] ?? "deny" }
    case "down":
    case "right":
    case "tab":
      return open({ choice: (asking.choice + 1) % decisions.length })
    case "up":
    case "left":
      return open({ choice: (asking.choice + decisions.length - 1) % decisions.length })
    case "pagedown":
    case " ":
      return open({ scroll: Math.max(0, Math.min(asking.scroll + page, rows - page)) })
    case "pageup":
      return open({ scroll: Math.max(0, asking.scroll - page) })
    default:
      return open({})
  }
}

const risks: Readonly<Record<Risk, { readonly text: string; readonly tone: Tone }>> = {
  read: { text: "reads", tone: "info" },
  write: { text: "changes files", tone: "warn" },
  execute: { text: "runs a command", tone: "warn" },
  network: { text: "uses the network", tone: "info" }
}

/** All of what the call will do, at a width. */
export const questionBody = (
  { input, tool, preview }: Question,
  width: number,
  folder: string
): ReadonlyArray<Line> => {
  const text = (value: string, lead: string, tone?: Tone): ReadonlyArray<Line> => {
    const rows = reveal(value)
      .trimEnd()
      .split("\n")
      .flatMap((line) => wrap(say(line, tone && { tone }), Math.max(1, width - lead.length)))
    return indent(rows, say(lead, { dim: true }), say(" ".repeat(lead.length)))
  }
  const said = preview.summary === undefined ? [] : text(preview.summary, "")
  if (preview.command !== undefined) return [...said, ...text(preview.command, "$ ")]
  const paths = (preview.paths ?? []).flatMap((path) =>
    text(path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path, "")
  )
  if (preview.diff !== undefined) return [...said, ...paths, ...diffLines(preview.diff, width)]
  if (preview.url !== undefined) return [...said, ...text(preview.url, ""), ...paths]
  const argument = preview.summary ?? (paths.length > 0 ? "" : mainArgument({ name: tool, input }))
  return [...(argument === "" ? [] : text(argument, "")), ...paths]
}

export interface QuestionOptions {
  readonly width: number
  /** Rows the box may take, borders included. */
  readonly height: number
  readonly asking: Asking
  /** Questions behind this one. */
  readonly waiting: number
  /** Paths below it are shown relative to it. */
  readonly folder: string
}

/** Below these heights the choices share a row, and no row is left empty. */
const roomy = { choices: 8, gap: 12 }

export const questionLines = (question: Question, options: QuestionOptions): ReadonlyArray<Line> => {
  const width = Math.max(10, options.width - 4)
  const { height, asking } = options
  const list =
    height < roomy.choices ? [choiceRow(question, asking.choice, width)] : choiceLines(question, asking.choice, width)
  const choices = height < roomy.gap ? list : [[], ...list]
  const body = viewport(
    questionBody(question, width, options.folder),
    asking.scroll,
    Math.max(1, height - 2 - choices.length)
  )
  return box(titleOf(question, options.waiting), [...body, ...choices], options.width)
}

const titleOf = ({ tool, risk, preview, agent }: Question, waiting: number): Line => {
  const { text, tone } = risks[preview.risk ?? risk]
  const count = preview.diff === undefined ? undefined : countDiff(preview.diff)
  return [
    { text: "Allow " },
    { text: reveal(tool), style: { bold: true } },
    { text: "? " },
    { text: text, style: { tone } },
    ...(count === undefined
      ? []
      : [
          { text: ` +${count.added}`, style: { tone: "good" as const } },
          { text: ` −${count.removed}`, style: { tone: "bad" as const } }
        ]),
    ...(agent === undefined
      ? []
      : [{ text: ` · subagent: ${reveal(agent).replace(/\s+/g, " ")}`, style: { dim: true } }]),
    ...(waiting === 0 ? [] : [{ text: ` · ${waiting} more`, style: { dim: true } }])
  ]
}

/** Rows `scroll` and on, and how many there are above and below. */
export const viewport = (lines: ReadonlyArray<Line>, scroll: number, room: number): ReadonlyArray<Line> => {
  if (lines.length <= room) return lines
  const rows = Math.max(1, room - 1)
  const top = Math.min(scroll, lines.length - rows)
  const below = lines.length - rows - top
  const note = [top > 0 ? `${top} above (pgup)` : "", below > 0 ? `${below} more (pgdn)` : ""]
    .filter((part) => part !== "")
    .join(" · ")
  return [...lines.slice(top, top + rows), say(`… ${note}`, { dim: true, italic: true })]
}

const choiceLines = (question: Question, selected: number, width: number): ReadonlyArray<Line> => {
  const labels = { allow: "y yes, once", always: `a always in this session: ${reveal(question.rule)}`, deny: "n no" }
  return decisionsFor(question).map((decision, index) => {
    const label = labels[decision]
    return truncate(
      [
        index === selected ? { text: "› ", style: { tone: "accent", bold: true } } : { text: "  " },
        { text: label.slice(0, 2), style: { bold: true } },
        { text: label.slice(2).replaceAll("\n", " "), style: index === selected ? { tone: "accent" } : {} }
      ],
      width
    )
  })
}

/** The first letters are the keys. */
const choiceRow = (question: Pick<Question, "rule">, selected: number, width: number): Line => {
  const labels = { allow: "y yes", always: "a always", deny: "n no" }
  return decisionsFor(question).flatMap((decision, index) => [
    { text: index === 0 ? "" : "  " },
    {
      text: labels[decision].slice(width < 24 ? 2 : 0),
      style: index === selected ? { tone: "accent" as const, inverse: true } : {}
    }
  ])
}

const edge = { tone: "accent" } as const

/** A frame as wide as the screen; its title stands in the upper edge. */
export const box = (title: Line, lines: ReadonlyArray<Line>, width: number): ReadonlyArray<Line> => {
  const inner = Math.max(10, width - 4)
  const head = truncate(title, inner - 1)
  const top: Line = [
    { text: "╭ ", style: edge },
    ...head,
    { text: ` ${"─".repeat(Math.max(0, inner - lineWidth(head)))}╮`, style: edge }
  ]
  const rows = lines.map((line): Line => {
    const cut = truncate(line, inner)
    return [
      { text: "│ ", style: edge },
      ...cut,
      { text: " ".repeat(inner - lineWidth(cut)) },
      { text: " │", style: edge }
    ]
  })
  return [top, ...rows, say(`╰${"─".repeat(inner + 2)}╯`, edge)]
}

/** One item of the conversation as lines. */
import type { PluginNews, SeamNews } from "../../../machines/events.ts"
import { stateOf, type ToldAnswer } from "../../../plugins/outcome.ts"
import { seamHint, seamLosses, seamMarks, seamSentence, type SeamWorth, worthOf } from "../../cli/seam-lines.ts"
import { callLines } from "./call.ts"
import { checklist } from "./checklist.ts"
import { diffLines } from "./diff.ts"
import { markdown } from "./markdown.ts"
import { costWords, elapsed, tokens } from "./numbers.ts"
import { joint } from "./stream.ts"
import { clean, indent, type Line, lineWidth, say, type Style, truncate, wrap } from "./text.ts"
import type { Item } from "../view/view.ts"

export interface ItemOptions {
  readonly width: number
  readonly links: boolean
  /** Show what the model thought. */
  readonly thinking: boolean
  /** Show calls that succeeded; `ui.show_tool_calls`. */
  readonly calls: boolean
  /** Show everything, as the transcript viewer does. */
  readonly expanded: boolean
}

/** Rows of a message of the user that are repeated. */
const messageRows = 12

/** @returns no lines for an item that is hidden. */
const itemLines = (item: Item, options: ItemOptions): ReadonlyArray<Line> => {
  const width = Math.max(1, options.width - 2)
  switch (item.kind) {
    case "user":
      return userLines(item, options)
    case "prose":
      return indent(
        markdown(item.markdown, { ...options, width, ...joint(item) }),
        item.first ? say("● ") : margin,
        margin
      )
    case "thinking":
      return options.thinking || options.expanded ? thinkingLines(item.text, item.ms, width) : []
    case "call":
      return isHidden(item, options) ? [] : callLines(item, options)
    case "end":
      return [truncate(say(`  ${ending(item)}`, { dim: true }), options.width)]
    case "note":
      return noteLines(item, width)
    case "plugin":
      return newsLines(item.news, width)
    case "seam":
      return seamRows(item.news, width, options.expanded)
    case "delivered":
      return deliveredLines(item, options)
    case "plan":
      return checklist(item.plan, { width: options.width, ...(options.expanded ? {} : { rows: planRows }) })
    case "banner":
      return bannerLines(item, width)
    case "rule":
      return [truncate(say(`── ${clean(item.text)} ──`, { dim: true }), options.width)]
  }
}

const margin: Line = say("  ")

const bannerLines = (
  { version, folder, notes }: Extract<Item, { kind: "banner" }>,
  width: number
): ReadonlyArray<Line> => {
  const name: Line = [
    { text: "kintsugi", style: { tone: "accent", bold: true } },
    { text: ` ${version}`, style: { dim: true } },
    { text: `  ${clean(folder)}` }
  ]
  const rows = notes.flatMap((text) => clean(text).split("\n")).flatMap((text) => wrap(say(text, { dim: true }), width))
  return [truncate(name, width), ...rows]
}

const userLines = (
  { text, images = [] }: Extract<Item, { kind: "user" }>,
  { width, expanded }: ItemOptions
): ReadonlyArray<Line> => {
  const lines = clean(text).trimEnd().split("\n")
  const shown = expanded || lines.length <= messageRows ? lines : lines.slice(0, messageRows - 1)
  const rows = shown.flatMap((line) => wrap(say(line, { bold: true }), Math.max(1, width - 2)))
  const rest = lines.length - shown.length
  const more = rest === 0 ? [] : [say(`… ${rest} more lines`, { dim: true })]
  const pictures = images.map((label) => truncate(say(clean(label), { dim: true }), Math.max(1, width - 2)))
  return indent([...rows, ...more, ...pictures], [{ text: "› ", style: { tone: "accent", bold: true } }], margin)
}

export const thinkingLines = (text: string, ms: number | undefined, width: number): ReadonlyArray<Line> => {
  const style = { dim: true, italic: true }
  const head = ms === undefined ? "thought" : `thought for ${elapsed(ms)}`
  const lines = clean(text).trim().split("\n")
  const rows = lines.flatMap((line) => wrap(say(line, style), Math.max(1, width)))
  return [say(`∴ ${head}`, { dim: true }), ...indent(rows, margin, margin)]
}

const glyphs = {
  plain: [{ text: "  " }],
  warn: [{ text: "! ", style: { tone: "warn" } }],
  bad: [{ text: "✗ ", style: { tone: "bad", bold: true } }]
} as const

const noteLines = ({ tone, text, diff }: Extract<Item, { kind: "note" }>, width: number): ReadonlyArray<Line> => {
  const style = tone === "plain" ? { dim: true } : { tone }
  const rows = clean(text)
    .trimEnd()
    .split("\n")
    .flatMap((line) => wrap(say(line, style), Math.max(1, width)))
  const changed = diff === undefined ? [] : [[], ...diffLines(diff, Math.max(1, width))]
  return indent([...rows, ...changed], glyphs[tone], margin)
}

const newsStyles: Readonly<Record<PluginNews["state"], Style>> = {
  healthy: { tone: "good" },
  degraded: { tone: "warn" },
  quarantined: { tone: "bad", bold: true },
  disabled: { dim: true }
}

const newsLines = ({ plugin, state, reason }: PluginNews, width: number): ReadonlyArray<Line> => {
  const style = newsStyles[state]
  const why = clean(reason).replace(/\s+/g, " ").trim()
  const head: Line = [{ text: `plugin ${clean(plugin).replace(/\s+/g, " ")} is ` }, { text: state, style }]
  const rows = wrap(why === "" ? head : [...head, { text: `: ${why}` }], width)
  return indent(rows, [{ text: state === "healthy" ? "✓ " : "⚠ ", style }], margin)
}

/** Rows of a plan that are printed. */
const planRows = 40

/** Rows of a result that are shown before someone asks for more. */
const resultRows = 12

/** The agent reads all of it. */
const deliveredLines = (
  { title, text, isGood }: Extract<Item, { kind: "delivered" }>,
  options: ItemOptions
): ReadonlyArray<Line> => {
  const width = Math.max(1, options.width - 2)
  const lines = markdown(text.slice(0, options.expanded ? text.length : resultRows * 400), { ...options, width })
  const shown = options.expanded || lines.length <= resultRows ? lines : lines.slice(0, resultRows - 1)
  const rest = lines.length - shown.length
  const more = rest === 0 ? [] : [say(`… ${rest} more lines (ctrl-o to expand)`, { dim: true, italic: true })]
  const head = truncate(say(clean(title).replace(/\s+/g, " "), { bold: true }), width)
  const mark = say(isGood ? "◇ " : "✗ ", { tone: isGood ? "info" : "bad" })
  return indent([head, ...shown, ...more], mark, margin)
}

const seamStyles: Readonly<Record<SeamWorth, Style>> = {
  gold: { tone: "accent", bold: true },
  loss: { tone: "warn" },
  bad: { tone: "bad" },
  plain: { dim: true }
}

/** Columns from which on the line of a seam is cut, so that it is one line and still says where to read on. */
const cutFrom = 60

/** One line, in gold when it was mended, and what it cost; with the diff where everything is shown. */
const seamRows = (news: SeamNews, width: number, expanded: boolean): ReadonlyArray<Line> => {
  const worth = worthOf(news)
  const style = seamStyles[worth]
  const sentence = say(clean(seamSentence(news)), style)
  const hint = say(` · ${clean(seamHint(news, "/heals"))}`, { dim: true })
  const isCut = !expanded && width >= cutFrom
  const head = isCut ? [[...truncate(sentence, width - lineWidth(hint)), ...hint]] : wrap([...sentence, ...hint], width)
  const losses = seamLosses(news).flatMap((loss) => wrap(say(clean(loss), { tone: "warn" }), width))
  const diff = expanded && news.diff !== undefined ? diffLines(news.diff, width) : []
  return indent([...head, ...losses, ...diff], [{ text: `${seamMarks[worth]} `, style }], margin)
}

const ending = ({ outcome, ms, calls, spent }: Extract<Item, { kind: "end" }>): string => {
  const { usage } = spent
  const word = { done: "", verified: "done and verified", cancelled: "cancelled" }[outcome]
  const used = usage.input + usage.output
  return [
    word,
    elapsed(ms),
    calls === 0 ? "" : `${calls} ${calls === 1 ? "call" : "calls"}`,
    used === 0 ? "" : `${tokens(used)} tokens`,
    used === 0 ? "" : costWords(spent)
  ]
    .filter((part) => part !== "")
    .join(" · ")
}

/** Items that print nothing, so that no empty line stands for them. */
const isHidden = (item: Item, { expanded, thinking, calls }: ItemOptions): boolean =>
  !expanded && ((item.kind === "thinking" && !thinking) || (item.kind === "call" && isSound(item.answer) && !calls))

/** It went well and nothing broke on the way. */
const isSound = (answer: ToldAnswer): boolean => answer.success && stateOf(answer) === undefined

const shownBefore = (items: ReadonlyArray<Item>, index: number, options: ItemOptions): Item | undefined => {
  for (let at = index - 1; at >= 0; at--) {
    const item = items[at]
    if (item !== undefined && !isHidden(item, options)) return item
  }
  return undefined
}

/** An item of a conversation, set apart from what is shown before it. */
export const printed = (items: ReadonlyArray<Item>, index: number, options: ItemOptions): ReadonlyArray<Line> => {
  const item = items[index]
  if (item === undefined || isHidden(item, options)) return []
  const before = shownBefore(items, index, options)
  const isTogether = before === undefined || item.kind === "end" || (item.kind === "prose" && item.glued)
  const lines = itemLines(item, options)
  // Calls that say all in one line stay together.
  const isList =
    !isTogether &&
    item.kind === "call" &&
    before.kind === "call" &&
    lines.length === 1 &&
    itemLines(before, options).length === 1
  return isTogether || isList ? lines : [[], ...lines]
}

/** The last lines of a conversation, without looking at what comes before them. */
export const lastLines = (items: ReadonlyArray<Item>, most: number, options: ItemOptions): ReadonlyArray<Line> => {
  let lines: ReadonlyArray<Line> = []
  for (let at = items.length - 1; at >= 0 && lines.length < most; at--)
    lines = [...printed(items, at, options), ...lines]
  return lines.slice(-most)
}

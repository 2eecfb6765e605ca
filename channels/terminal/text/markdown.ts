/** Markdown as lines for a terminal of a given width. */
import type { Token, Tokens } from "marked"
import { highlight } from "./highlight.ts"
import { decode, lex } from "../../markdown-tokens.ts"
import type { ListSoFar } from "./stream.ts"
import { tableLines } from "./table.ts"
import { clean, indent, type Line, say, type Span, type Style, wrap } from "./text.ts"

export interface MarkdownOptions {
  /** Columns, at least 1. */
  readonly width: number
  /** The terminal opens links; elsewhere the address is written behind the words. */
  readonly links: boolean
  /** It continues the block before it, so a code block repeats no label. */
  readonly glued?: boolean
  /** The list that it goes on with. */
  readonly list?: ListSoFar
}

/** Every text is made harmless here, before anything reads its meaning. */
export const markdown = (text: string, options: MarkdownOptions): ReadonlyArray<Line> =>
  blocks(lex(clean(text)), options, true)

/** A stack of blocks, an empty line between them when `loose`. */
const blocks = (tokens: ReadonlyArray<Token>, options: MarkdownOptions, loose: boolean): ReadonlyArray<Line> => {
  const out: Array<Line> = []
  for (const [index, token] of tokens.entries()) {
    const lines = block(token as Tokens.Generic, index === 0 ? options : afresh(options))
    if (lines.length === 0) continue
    if (loose && out.length > 0) out.push([])
    out.push(...lines)
  }
  return out
}

const block = (token: Tokens.Generic, options: MarkdownOptions): ReadonlyArray<Line> => {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return []
    case "heading":
      return paragraph(token, options, headings[Math.min(token.depth, 3) - 1])
    case "code":
      return codeLines(token as Tokens.Code, options)
    case "list":
      return listLines(token as Tokens.List, options)
    case "blockquote":
      return indent(blocks(token.tokens ?? [], inside(options, 2), true), bar, bar)
    case "table":
      return tableLines(
        (token as Tokens.Table).header.map((cell) => flat(inline(cell.tokens, { bold: true }, options))),
        (token as Tokens.Table).rows.map((row) => row.map((cell) => flat(inline(cell.tokens, {}, options)))),
        (token as Tokens.Table).align,
        options.width
      )
    case "hr":
      return [say("─".repeat(Math.min(options.width, 40)), { dim: true })]
    default:
      return paragraph(token, options, {})
  }
}

const headings: ReadonlyArray<Style> = [{ bold: true, tone: "accent" }, { bold: true }, { bold: true, italic: true }]

const bar: Line = say("│ ", { dim: true })

/** Only what a piece begins with goes on with the piece before it. */
const afresh = ({ width, links }: MarkdownOptions): MarkdownOptions => ({ width, links })

const inside = (options: MarkdownOptions, margin: number): MarkdownOptions => ({
  ...afresh(options),
  width: Math.max(1, options.width - margin)
})

const paragraph = (token: Tokens.Generic, options: MarkdownOptions, style: Style | undefined): ReadonlyArray<Line> => {
  const content = token.tokens ?? [{ type: "text", raw: token.raw, text: token.text ?? token.raw }]
  return splitLines(inline(content, style ?? {}, options)).flatMap((line) => wrap(line, options.width))
}

const codeLines = ({ lang, text, raw }: Tokens.Code, options: MarkdownOptions): ReadonlyArray<Line> => {
  const language = /^\S*/.exec(lang ?? "")?.[0] ?? ""
  const width = Math.max(1, options.width - 2)
  const isFenced = /^\s*[`~]/.test(raw)
  const lines = text === "" && options.glued ? [] : highlight(text, language).flatMap((line) => wrapCode(line, width))
  const label = language === "" || options.glued || !isFenced ? [] : [say(language, { dim: true })]
  return [...label, ...indent(lines, say("  "), say("  "))]
}

/** Code keeps the indentation of a line that is too long. */
const wrapCode = (line: Line, width: number): ReadonlyArray<Line> => (line.length === 0 ? [line] : wrap(line, width))

const listLines = (list: Tokens.List, options: MarkdownOptions): ReadonlyArray<Line> => {
  const first = list.ordered ? (options.list?.next ?? (Number(list.start) || 0)) : 0
  const isLoose = list.loose || options.list?.loose === true
  const margin = list.ordered ? `${first + list.items.length - 1}. `.length : 2
  return list.items.flatMap((item, index) => {
    const bullet = item.task ? (item.checked ? "☑ " : "☐ ") : "• "
    const mark = list.ordered ? `${first + index}. `.padStart(margin) : bullet
    const body = blocks(item.tokens, inside(options, margin), isLoose)
    const lines = indent(
      body.length === 0 ? [[]] : body,
      say(mark, { tone: item.checked ? "good" : "accent" }),
      say(" ".repeat(margin))
    )
    return isLoose && index > 0 ? [[], ...lines] : lines
  })
}

/** Text with its style; a newline in it is a line break. */
const inline = (tokens: ReadonlyArray<Token>, style: Style, options: MarkdownOptions): Line =>
  tokens.flatMap((token) => inlineToken(token as Tokens.Generic, style, options))

const inlineToken = (token: Tokens.Generic, style: Style, options: MarkdownOptions): ReadonlyArray<Span> => {
  const children = (added: Style): Line => inline(token.tokens ?? [], { ...style, ...added }, options)
  switch (token.type) {
    case "strong":
      return children({ bold: true })
    case "em":
      return children({ italic: true })
    case "del":
      return children({ strike: true })
    case "codespan":
      return [{ text: token.text, style: { ...style, tone: "info" } }]
    case "checkbox":
      return []
    case "br":
      return [{ text: "\n" }]
    case "link":
      return link(children({ underline: true, link: token.href }), token.href, token.text, options)
    case "image":
      return link(
        [{ text: token.text || "image", style: { ...style, underline: true, link: token.href } }],
        token.href,
        token.text,
        options
      )
    case "html":
      return /^<br\s*\/?>$/i.test(token.text)
        ? [{ text: "\n" }]
        : [{ text: token.text, style: { ...style, dim: true } }]
    default:
      return token.tokens === undefined ? [{ text: decode(token.text ?? token.raw), style }] : children({})
  }
}

/** Where links cannot be opened their address is written out, unless it is what the words say already. */
const link = (words: Line, href: string, text: string, { links }: MarkdownOptions): Line =>
  links || href === text || href === `mailto:${text}` || href === ""
    ? words
    : [...words, { text: ` (${href})`, style: { dim: true } }]

const flat = (line: Line): Line => line.map((span) => ({ ...span, text: span.text.replaceAll("\n", " ") }))

/** A line with newlines in its spans as the lines it stands for. */
const splitLines = (line: Line): ReadonlyArray<Line> => {
  const lines: Array<Array<Span>> = [[]]
  for (const span of line) {
    span.text.split("\n").forEach((text, index) => {
      if (index > 0) lines.push([])
      if (text !== "") lines.at(-1)?.push({ ...span, text })
    })
  }
  return lines
}

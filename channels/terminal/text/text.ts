/** Text on its way to a terminal: made harmless, measured, cut into graphemes, wrapped and cut to width. */
import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"

/** What a piece of text means; the theme decides what that looks like. */
export type Tone = "accent" | "good" | "bad" | "warn" | "info" | "keyword" | "string" | "number"

export interface Style {
  readonly tone?: Tone
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly strike?: boolean
  readonly inverse?: boolean
  /** Address that terminals with hyperlinks open. */
  readonly link?: string
}

/** One line at most: no control characters, see `clean`. */
export interface Span {
  readonly text: string
  readonly style?: Style
}

export type Line = ReadonlyArray<Span>

/** Controls except newline and tab, and the marks that make text read in another order than it is stored. */
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
const unsafeAll = new RegExp(unsafe, "g")

/**
 * Takes escape sequences, control characters and direction overrides out of text written by models, tools and files.
 * What a carriage return would have painted over is dropped, as on a terminal; tabs become four spaces.
 */
export const clean = (text: string): string => {
  const plain = unsafe.test(text) ? stripVTControlCharacters(overwrite(text)).replace(unsafeAll, "") : text
  return plain.includes("\t") ? plain.replaceAll("\t", "    ") : plain
}

const overwrite = (text: string): string => {
  if (!text.includes("\r")) return text
  const lines = text.replace(/\r+\n/g, "\n").replace(/\r+$/, "").split("\n")
  return lines.map((line) => line.slice(line.lastIndexOf("\r") + 1)).join("\n")
}

/** Like `clean`, but what is hidden becomes visible: for text that a person must judge before it runs. */
export const reveal = (text: string): string =>
  text
    .replace(/\r\n/g, "\n")
    .replaceAll("\t", "    ")
    .replace(unsafeAll, (character) => {
      const code = character.codePointAt(0) ?? 0
      return code < 0x20
        ? String.fromCodePoint(0x2400 + code)
        : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`
    })

const ascii = /^[\x20-\x7e]*$/

/** Columns a text takes. */
export const widthOf = (text: string): number => (ascii.test(text) ? text.length : stringWidth(text))

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** What a reader sees as one character each. */
export const graphemesOf = (text: string): ReadonlyArray<string> =>
  ascii.test(text) ? text.split("") : Array.from(segmenter.segment(text), ({ segment }) => segment)

export const lineText = (line: Line): string => line.map((span) => span.text).join("")

export const lineWidth = (line: Line): number => line.reduce((sum, span) => sum + widthOf(span.text), 0)

/** A line of one span. */
export const say = (text: string, style?: Style): Line => (style === undefined ? [{ text }] : [{ text, style }])

/** Characters `from` to `to` of a line, counted in UTF-16 units. */
const sliceLine = (line: Line, from: number, to: number): Line => {
  const out: Array<Span> = []
  let at = 0
  for (const span of line) {
    const text = span.text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (text !== "") out.push({ ...span, text })
    at += span.text.length
  }
  return out
}

/**
 * Where rows begin when graphemes are laid out in `width` columns: after a space or beside a wide character if possible,
 * else in the middle of a word. A grapheme wider than a row gets one of its own.
 *
 * @returns indexes into `graphemes`, the first is 0.
 */
export const breakRows = (graphemes: ReadonlyArray<string>, width: number): ReadonlyArray<number> => {
  const starts = [0]
  let column = 0
  // Start of the word that would move to the next row, and the columns it takes so far.
  let word = 0
  let wordWidth = 0
  for (let at = 0; at < graphemes.length; at++) {
    const grapheme = graphemes[at] ?? ""
    const size = widthOf(grapheme)
    const free = grapheme === " " || size > 1
    if (free) [word, wordWidth] = [at, 0]
    if (column + size > width && column > 0) {
      const start = word > (starts.at(-1) ?? 0) ? word : at
      if (start === at) wordWidth = 0
      starts.push(start)
      column = wordWidth
      word = start
    }
    column += size
    wordWidth += size
    if (free) [word, wordWidth] = [at + 1, 0]
  }
  return starts
}

/** A line as rows of at most `width` columns; spaces at a row's broken end or beginning are dropped. */
export const wrap = (line: Line, width: number): ReadonlyArray<Line> => {
  const text = lineText(line)
  if (widthOf(text) <= width) return [line]
  const graphemes = graphemesOf(text)
  const rows: Array<Line> = []
  const starts = breakRows(graphemes, Math.max(1, width))
  let from = 0
  starts.forEach((start, index) => {
    const part = graphemes.slice(start, starts[index + 1]).join("")
    const lead = index === 0 ? 0 : part.length - part.trimStart().length
    const tail = index === starts.length - 1 ? 0 : part.length - part.trimEnd().length
    if (lead < part.length || starts.length === 1) rows.push(sliceLine(line, from + lead, from + part.length - tail))
    from += part.length
  })
  return rows
}

/** A line cut to `width` columns, an ellipsis in place of what is missing. */
export const truncate = (line: Line, width: number): Line => {
  if (lineWidth(line) <= width) return line
  if (width <= 0) return []
  let column = 0
  let length = 0
  for (const grapheme of graphemesOf(lineText(line))) {
    column += widthOf(grapheme)
    if (column > width - 1) break
    length += grapheme.length
  }
  return [...sliceLine(line, 0, length), { text: "…", style: { dim: true } }]
}

/** Wraps lines beside a margin: `first` before the first row of all, `rest` before the others. */
export const indent = (lines: ReadonlyArray<Line>, first: Line, rest: Line): ReadonlyArray<Line> =>
  lines.map((line, index) => [...(index === 0 ? first : rest), ...line])

/** Cuts a growing Markdown text into blocks that can no longer change and the open rest. */
import type { Token, Tokens } from "marked"
import { lex } from "../../markdown-tokens.ts"

/** How a piece of Markdown joins the one before it. */
export interface Joint {
  /** It goes on where the block before it stopped, so nothing separates them. */
  readonly glued: boolean
  /** The list it goes on with, which its own text does not tell. */
  readonly list?: ListSoFar
}

/** What the settled items of a list say about those that follow. */
export interface ListSoFar {
  /** Empty lines stand between the items. */
  readonly loose: boolean
  /** Number of the next item; absent for a list of bullets. */
  readonly next?: number
}

/** A piece of Markdown that renders by itself. */
export interface Block extends Joint {
  readonly markdown: string
}

/** What is written so far and not settled. */
export interface Open extends Joint {
  readonly text: string
  /** Length of the text when it was last searched for blocks. */
  readonly searched: number
}

interface Cut {
  readonly blocks: ReadonlyArray<Block>
  readonly open: Open
}

export const nothing: Open = { text: "", glued: false, searched: 0 }

/** An open block of more lines or characters is cut inside: it must neither fill the screen nor be parsed for ever. */
const longLines = 12
const longText = 6000

/**
 * Adds a delta. Blocks settle only at the end of a line, and the text is searched again only when it grew by a quarter:
 * the cost of a whole stream stays proportional to its length.
 */
export const grow = (open: Open, delta: string): Cut => {
  const text = open.text + delta
  const due = delta.includes("\n") && text.length >= open.searched * 1.25
  if (!due && text.length < longText) return { blocks: [], open: { ...open, text } }
  const whole = text.lastIndexOf("\n") + 1
  const cut = cutBlocks({ ...open, text: text.slice(0, whole) }, true)
  const rest = cut.open.text + text.slice(whole)
  const next = { ...cut.open, text: rest, searched: rest.length }
  if (rest.length < longText) return { blocks: cut.blocks, open: next }
  const forced = cutText(next)
  return { blocks: [...cut.blocks, ...forced.blocks], open: forced.open }
}

/** Everything that is left, as blocks. */
export const finish = (open: Open): ReadonlyArray<Block> => {
  const { blocks, open: rest } = cutBlocks(open, false)
  return rest.text.trim() === "" ? blocks : [...blocks, { markdown: rest.text, ...joint(rest) }]
}

export const joint = ({ glued, list }: Joint): Joint => ({ glued, ...(list && { list }) })

/** Blocks that an empty line ends for good; lists, quotations and code may go on behind it. */
const ended: ReadonlySet<string> = new Set(["paragraph", "heading", "hr", "table"])

/** Index of the token that may still change; the number of tokens when none may. */
const openToken = (tokens: ReadonlyArray<Token>): number => {
  const last = tokens.findLastIndex((token) => token.type !== "space")
  const isOver =
    ended.has(tokens[last]?.type ?? "") && /\n[ \t]*\n/.test((tokens[last]?.raw ?? "") + (tokens[last + 1]?.raw ?? ""))
  return isOver ? tokens.length : Math.max(0, last)
}

/** Every block but the last one is settled; of a long last one, what its kind allows. */
const cutBlocks = (open: Open, inside: boolean): Cut => {
  const tokens = lex(open.text)
  const last = openToken(tokens)
  const blocks: Array<Block> = []
  let at = 0
  let join = joint(open)
  for (const token of tokens.slice(0, last)) {
    at += token.raw.length
    if (token.type === "space") continue
    blocks.push({ markdown: token.raw, ...join })
    join = { glued: false }
  }
  const rest = { ...join, text: open.text.slice(at), searched: 0 }
  const token = tokens[last]
  const isLong = inside && token !== undefined && token.raw.split("\n").length > longLines
  const cut = isLong ? cutLong(rest, token) : undefined
  return cut === undefined ? { blocks, open: rest } : { blocks: [...blocks, ...cut.blocks], open: cut.open }
}

/** Only code and lists grow long and have seams inside; a table needs all its rows to know its columns. */
const cutLong = (open: Open, token: Token): Cut | undefined => {
  if (token.type === "code") return cutCode(open)
  return token.type === "list" ? cutList(open, token as Tokens.List) : undefined
}

/** Lines of a fenced block, each piece with fences of its own. Indented code has none and stays whole. */
const cutCode = (open: Open): Cut | undefined => {
  const [opening, fence = ""] = /^ {0,3}(`{3,}|~{3,})[^\n]*\n/.exec(open.text) ?? []
  if (opening === undefined) return undefined
  const body = open.text.slice(opening.length)
  const closing = new RegExp(`^ {0,3}${fence.slice(0, 1)}{${fence.length},}[ \\t]*$`, "m")
  // A closed block settles by itself as soon as something follows it.
  if (closing.test(body)) return undefined
  return {
    blocks: [{ markdown: `${opening}${body}${fence}`, ...joint(open) }],
    open: { text: opening, glued: true, searched: 0 }
  }
}

/** All items but the last, which may still grow. */
const cutList = (open: Open, list: Tokens.List): Cut | undefined => {
  const items = list.items.slice(0, -1)
  const settled = items.map((item) => item.raw).join("")
  if (settled === "" || !open.text.startsWith(settled)) return undefined
  const loose = list.loose || open.list?.loose === true
  const next = list.ordered ? (open.list?.next ?? Number(list.start)) + items.length : undefined
  return {
    blocks: [{ markdown: settled, ...joint(open) }],
    open: {
      text: open.text.slice(settled.length),
      glued: !loose,
      list: { loose, ...(next !== undefined && { next }) },
      searched: 0
    }
  }
}

/** Last resort for a text without seams: cut at a line end or a space, or where it stands. */
const cutText = (open: Open): Cut => {
  const { text } = open
  const at = Math.max(text.lastIndexOf("\n"), text.lastIndexOf(" ")) + 1 || text.length
  return {
    blocks: [{ markdown: text.slice(0, at), ...joint(open) }],
    open: { text: text.slice(at), glued: true, searched: 0 }
  }
}

/**
 * An open text as it will most likely look when it goes on, so that what is already there need not change: inline marks
 * that were opened are closed, and marks that have nothing behind them yet wait.
 */
export const mend = (text: string): string => {
  if (isFenced(text)) return text
  const at = text.lastIndexOf("\n") + 1
  const last = text.slice(at)
  // One row alone is no table yet.
  const header = /(?:^|\n\n)[ \t]*\|[^\n]*(?:\n[ \t]*[|:\- \t]*)?$/.exec(text)
  if (header !== null) return text.slice(0, header.index)
  if (/^\s*(?:`{1,3}\w*|~{1,3}|#{1,6}|[-*+_=]+|\d+[.)]?|>)\s*$/.test(last)) return text.slice(0, at)
  return text.slice(0, at) + closeInline(last)
}

const isFenced = (text: string): boolean => {
  let fence = ""
  for (const [, mark = ""] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (fence === "") fence = mark
    else if (mark.startsWith(fence)) fence = ""
  }
  return fence !== ""
}

/** Closes what the last line left open: code first, since marks mean nothing inside it. */
const closeInline = (line: string): string => {
  const prose = line.replace(/(`+)[^`]+\1/g, "")
  const code = /(`+)([^`]*)$/.exec(prose)
  if (code !== null) return code[2] === "" ? line.slice(0, -(code[1] ?? "").length) : line + code[1]
  // A link whose address is still being written: only its words.
  const plain = line.replace(/!?\[([^\][]*)\]\([^()\s]*$/, "$1").replace(/[*~]+$/, "")
  const open = ["**", "~~"].filter((mark) => plain.replace(/(`+)[^`]+\1/g, "").split(mark).length % 2 === 0)
  const words = plain.trimEnd()
  return words + open.toReversed().join("") + plain.slice(words.length)
}

/** A Markdown text as its blocks. While it grows, what stands before the last block is not read again. */
import { Lexer, type Token } from "marked"

export interface Blocks {
  readonly text: string
  readonly isOpen: boolean
  /** Without the space between them. */
  readonly tokens: ReadonlyArray<Token>
  /** The first blocks that can no longer change, and where the text behind them begins. */
  readonly settled: number
  readonly at: number
}

export const noBlocks: Blocks = { text: "", isOpen: false, tokens: [], settled: 0, at: 0 }

/** Characters of an unfinished block beyond which it is read again only when it has grown by a quarter. */
const longOpen = 20_000

export const blocksOf = (text: string, isOpen: boolean, before: Blocks): Blocks => {
  const plain = text.replace(/\r\n?/g, "\n")
  const isLonger = before.settled > 0 && plain.startsWith(before.text)
  const kept = isLonger ? before.tokens.slice(0, before.settled) : []
  const start = isLonger ? before.at : 0
  const unread = plain.length - start
  if (isOpen && isLonger && unread > longOpen && unread < (before.text.length - start) * 1.25) return before
  const tokens = lex(plain.slice(start))
  const done = tokens.slice(0, openFrom(tokens))
  return {
    text: plain,
    isOpen,
    tokens: [...kept, ...tokens.filter(isBlock)],
    settled: kept.length + done.filter(isBlock).length,
    at: start + done.reduce((sum, token) => sum + token.raw.length, 0)
  }
}

const isBlock = (token: Token): boolean => token.type !== "space"

/**
 * The last block may still change, and as long as its first line is being written, what that line is: three backticks are
 * the beginning of a block of code, or belong to the paragraph before them.
 */
const openFrom = (tokens: ReadonlyArray<Token>): number => {
  const last = tokens.findLastIndex(isBlock)
  const isBegun = tokens[last]?.raw.includes("\n") === true
  return Math.max(0, isBegun ? last : tokens.slice(0, Math.max(0, last)).findLastIndex(isBlock))
}

/** Deeper than anybody writes: reading it would take seconds, or exhaust the parser's stack. */
const tooDeep = /^(?:[ \t]{200}|(?:[ \t]*>){100})/m

const lex = (markdown: string): ReadonlyArray<Token> => {
  const plain: Token = { type: "text", raw: markdown, text: markdown }
  if (tooDeep.test(markdown)) return [plain]
  try {
    return new Lexer({ gfm: true }).lex(markdown)
  } catch {
    return [plain]
  }
}

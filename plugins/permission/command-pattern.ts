/**
 * Patterns over shell commands, as in `execute_bash(npm run *)`.
 *
 * - Words are compared with words, after quotes and escapes: `npm test` is the command `npm test` and no other.
 * - ` *` at the end: any further words, also none. `npm run test:*` is `npm run test` and `npm run test:…`, with any further words.
 * - `*` inside a word: any characters. `*` as a word between others: any one word.
 * - `NAME=value` before the command must be in the pattern, too: nothing is harmless (`PATH=. npm test`).
 * - `=` at the very beginning: exactly the text that follows, whatever it means.
 *
 * In `allow` a pattern covers what it says. In `ask` and `deny` it is taken widely: as a beginning, by the program's name
 * wherever it lies, with options in any order and spelling, and in everything that can be another program's command.
 */

export interface PatternWord {
  /** As written, without quotes. */
  readonly text: string
  readonly matches: (text: string) => boolean
  /** No `*` in it. */
  readonly literal: boolean
}

export interface CommandPattern {
  readonly exact?: string
  readonly sets: ReadonlyArray<PatternWord>
  readonly words: ReadonlyArray<PatternWord>
  /** Any further words may follow. */
  readonly open: boolean
}

/** Characters of a pattern. */
const longest = 1000

/** @returns what is wrong with the pattern and what was expected, as a string. */
export const readCommandPattern = (text: string): CommandPattern | string => {
  if (text.startsWith("=")) return { exact: text.slice(1), sets: [], words: [], open: false }
  if (text.length > longest) return `expected at most ${longest} characters; more only as an exact text, after =`
  const split = splitWords(text)
  if (typeof split === "string") return split
  const all = split.map(readPatternWord)
  const count = all.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word.text))
  const sets = all.slice(0, count < 0 ? all.length : count)
  const words = all.slice(sets.length)
  const last = words.at(-1)
  const family = last !== undefined && isFamily(split.at(-1) ?? [])
  const open = last !== undefined && (family || isStar(last))
  return { sets, words: open && !family ? words.slice(0, -1) : words, open }
}

/** A word that stands for any other. */
export const isStar = (word: PatternWord): boolean => word.text === "*" && !word.literal

/** Literal pieces of a word; between each two of them stands a `*`. */
type Pieces = ReadonlyArray<string>

const splitWords = (text: string): ReadonlyArray<Pieces> | string => {
  const words: Array<Array<string>> = []
  let inside = false
  for (const [token, double, single, escaped] of text.matchAll(
    /\s+|"([^"]*)"|'([^']*)'|\\([\s\S])|\*|[^\s"'\\*]+|[\s\S]/g
  )) {
    if (/^\s/.test(token)) {
      inside = false
      continue
    }
    if (!inside) words.push([""])
    inside = true
    const pieces = words.at(-1) ?? []
    const quoted = double ?? single ?? escaped
    if (quoted === undefined && /^["'\\]$/.test(token)) return "a quote in it is not closed"
    if (quoted === undefined && /[;|&<>()`$]/.test(token)) {
      return "a pattern is one command: no operators, substitutions or variables outside quotes"
    }
    if (token === "*") pieces.push("")
    else pieces.push((pieces.pop() ?? "") + (quoted ?? token))
  }
  return words.length === 0 ? "expected a command in the parentheses, for example execute_bash(npm test)" : words
}

/** `test:*`: the word itself and all that begin with it and a colon. */
const isFamily = (pieces: Pieces): boolean => pieces.length === 2 && pieces[1] === "" && /[^:]:$/.test(pieces[0] ?? "")

const readPatternWord = (pieces: Pieces, at: number, all: ReadonlyArray<Pieces>): PatternWord => {
  const text = pieces.join("*")
  const literal = pieces.length === 1
  if (at < all.length - 1 || !isFamily(pieces)) return { text, literal, matches: wildcard(pieces) }
  const [start = ""] = pieces
  return { text, literal, matches: (word) => word.startsWith(start) || `${word}:` === start }
}

/** Whether a text consists of these pieces with anything between them. In linear time, which a regular expression is not. */
export const wildcard =
  (pieces: Pieces) =>
  (text: string): boolean => {
    const [first = "", ...middle] = pieces
    const last = middle.pop()
    if (last === undefined) return text === first
    const end = text.length - last.length
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    return middle.every((piece) => {
      const found = text.indexOf(piece, at)
      at = found + piece.length
      return found >= 0 && at <= end
    })
  }

/** A text as a regular expression that matches it. */
export const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

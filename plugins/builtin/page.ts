/** A part of a text, its lines numbered, with word of what else there is. */

/** Lines of one page. */
export const mostLines = 2000
/** Characters of one page: well under `tools.output_limit`, so that the note at its end is never cut off. */
const mostCharacters = 40_000
/** Characters shown of one line. */
const longestLine = 2000

export interface Page {
  readonly text: string
  /** First and last line shown, from 1. */
  readonly first: number
  readonly last: number
  /** Lines of the whole text. */
  readonly total: number
}

/** An empty one when the text ends before line `offset`. */
export const pageOf = (text: string, offset: number, limit: number): Page => {
  const total = countLines(text)
  let at = offset > total ? text.length : startOfLine(text, offset)
  let line = offset
  let shown = ""
  for (; line < offset + limit && at < text.length && shown.length < mostCharacters; line++) {
    const end = text.indexOf("\n", at)
    const stop = end === -1 ? text.length : end
    shown += `${line}\t${cut(text.slice(at, stop))}\n`
    at = stop + 1
  }
  return { text: shown, first: offset, last: line - 1, total }
}

const countLines = (text: string): number => {
  let lines = 0
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++
  return text === "" || text.endsWith("\n") ? lines : lines + 1
}

const startOfLine = (text: string, line: number): number => {
  let at = 0
  for (let n = 1; n < line; n++) at = text.indexOf("\n", at) + 1
  return at
}

const cut = (line: string): string => {
  const bare = line.endsWith("\r") ? line.slice(0, -1) : line
  const left = bare.length - longestLine
  return left <= 0 ? bare : `${bare.slice(0, longestLine).toWellFormed()} [… ${left} more characters in this line]`
}

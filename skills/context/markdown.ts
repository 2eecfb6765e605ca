/**
 * What of a Markdown text a model is to read, and which files it imports: comments for its maintainers go, and what stands in code
 * names nothing.
 *
 * After https://code.claude.com/docs/en/memory: comments that are blocks of their own are stripped but for those in code blocks;
 * imports are looked for outside of code spans and fenced code blocks; a backslash stands before a blank in a path, which otherwise
 * ends there; a path in quotes is none.
 */

export interface Read {
  /** Without comments. */
  readonly text: string
  /** Paths as written behind an `@`, each once, the first 200. */
  readonly mentions: ReadonlyArray<string>
}

/** @param source Lines ending in `\n`. */
export const readMarkdown = (source: string): Read => {
  if (!source.includes("@") && !source.includes("<!--")) return { text: source, mentions: [] }
  const lines = linesOf(source)
  const text = lines.map((one) => one.text).join("\n")
  const prose = lines.map((one) => (one.isCode ? hidden(one.text) : one.text)).join("\n")
  return { text, mentions: text.includes("@") ? mentionsIn(prose) : [] }
}

interface Line {
  readonly text: string
  readonly isCode: boolean
}

const opening = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^]*)$/
const closing = /^[\s>]*(`{3,}|~{3,})[ \t]*$/

/** Without the comments that begin a line; one that has no end is none. */
const linesOf = (source: string): ReadonlyArray<Line> => {
  const rest = source.split("\n").toReversed()
  const lines: Array<Line> = []
  let mayEnd = source.includes("-->")
  let fence = ""
  for (let line = rest.pop(); line !== undefined; line = rest.pop()) {
    const isCode = fence !== ""
    if (isCode) fence = endsFence(line, fence) ? "" : fence
    else if (/^ {0,3}<!--/.test(line) && mayEnd) {
      const left = afterComment(line, rest)
      if (left === undefined) mayEnd = false
      else {
        // What stands behind it is a line again, which may begin with another one.
        if (left.trim() !== "") rest.push(left)
        continue
      }
    } else fence = startOfFence(line)
    lines.push({ text: line, isCode: isCode || fence !== "" })
  }
  return lines
}

/** Takes the lines of a comment away. @returns what stands behind its end; `undefined` when it has none, and nothing was taken. */
const afterComment = (first: string, rest: Array<string>): string | undefined => {
  // `<!-->` ends at once, as in HTML.
  const inFirst = first.indexOf("-->", first.indexOf("<!--") + 2)
  if (inFirst >= 0) return first.slice(inFirst + 3)
  const at = rest.findLastIndex((line) => line.includes("-->"))
  if (at < 0) return undefined
  const last = rest[at] ?? ""
  rest.length = at
  return last.slice(last.indexOf("-->") + 3)
}

const startOfFence = (line: string): string => {
  const [, fence = "", info = ""] = opening.exec(line) ?? []
  return fence.startsWith("`") && info.includes("`") ? "" : fence
}

const endsFence = (line: string, fence: string): boolean => {
  const [, end = ""] = closing.exec(line) ?? []
  return end[0] === fence[0] && end.length >= fence.length
}

/** A character that stands in no text that is read, so that no path reaches over what is hidden. */
const veil = "\0"
const hidden = (text: string): string => text.replace(/[^\n]/g, veil)

/** Imports of one file that are looked at. */
const most = 200

const mentionsIn = (prose: string): ReadonlyArray<string> => {
  // Paragraph by paragraph: a code span ends with its paragraph at the latest.
  const plain = prose
    .split(/\n[ \t]*\n/)
    .map((paragraph) => paragraph.replace(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, hidden))
    .join("\n\n")
    .replace(/<!--[^]*?-->/g, hidden)
  const found = new Set<string>()
  for (const [, path = ""] of plain.matchAll(/(?<!\S)@((?:\\ |[^\s\\])+)/g)) {
    if (/^(?:[\w.~/-]|[^\0-\x7f])/.test(path) && !path.includes(veil)) found.add(path.replaceAll("\\ ", " "))
    if (found.size === most) break
  }
  return [...found]
}

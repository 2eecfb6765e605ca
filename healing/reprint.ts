/**
 * Prints only the statement in which a tree was changed and puts it into the source where it stood: the rest keeps its bytes
 * because nobody touches it, and in a long file it costs no more than in a short one.
 */
import { diffArrays } from "diff"
import { bare, isLean, linesOf, onlyTabs, withoutSemicolons } from "./printing.ts"
import { type File, namedTypes, nodesIn, originOf, pathTo, print, type Statement, statementsOf } from "./syntax.ts"

/** A statement as it stands in its source. */
export interface Piece {
  readonly node: Statement
  readonly path: string
  readonly source: string
  readonly start: number
  readonly end: number
  /** Its lines with what ends them. */
  readonly lines: ReadonlyArray<string>
  /** The same lines as they are printed while nothing in it is changed. */
  readonly plain: ReadonlyArray<string>
}

/** @returns `undefined` for what is not printed line by line as it stands: that is printed with its whole file. */
export const pieceOf = (file: File, node: Statement): Piece | undefined => {
  const { path, source } = originOf(file) ?? {}
  const { loc, comments } = node
  if (path === undefined || source === undefined || !loc || isClassMember(node)) return undefined
  if ((comments ?? []).some(({ leading, trailing }) => !leading && !trailing)) return undefined
  const starts = startsOf(source)
  const start = (starts[loc.start.line - 1] ?? 0) + loc.start.column
  const end = (starts[loc.end.line - 1] ?? 0) + loc.end.column
  const lines = linesOf(source.slice(start, end))
  const plain = printBare(node, source).split("\n")
  const isSame = lines.length === plain.length && lines.every((line, at) => line.trim() === plain[at]?.trim())
  return isSame && !hasLongText(node) ? { node, path, source, start, end, lines, plain } : undefined
}

/** The whole file's text, now that the piece's statement was changed; `undefined` where the whole file must be printed. */
export const reprint = (piece: Piece): string | undefined => {
  const { node, path, source, start, end, lines, plain } = piece
  const printed = printBare(node, source)
  const lean =
    isLean(source) && printed.includes(";") ? leanOf(printed, plain.join("\n"), path, source.slice(end)) : printed
  if (lean === undefined) return undefined
  const lead = /^[\t ]*/.exec(source.slice(source.lastIndexOf("\n", start - 1) + 1))?.[0] ?? ""
  const newline = /\r\n|[\n\r\u2028\u2029]/.exec(source)?.[0] ?? "\n"
  const made: Array<string> = []
  let at = 0
  for (const { added, removed, value } of diffArrays([...plain], lean.split("\n"))) {
    if (added) made.push(...value.map((text, line) => fresh(text, made.length + line === 0 ? "" : lead, source)))
    else if (!removed) made.push(...lines.slice(at, at + value.length))
    if (!added) at += value.length
  }
  const text = made.map((line, index) =>
    index === made.length - 1 ? bare(line) : bare(line) === line ? line + newline : line
  )
  return source.slice(0, start) + text.join("") + source.slice(end)
}

const fresh = (text: string, lead: string, source: string): string => {
  if (text === "") return ""
  // Of one column recast makes a space, with no tab before it but those of the lead.
  return /^\t/m.test(source) ? onlyTabs(lead + text) : lead + text
}

const leanOf = (printed: string, known: string, path: string, rest: string): string | undefined => {
  try {
    return withoutSemicolons(
      known,
      printed,
      statementsOf(path, printed),
      /^[^\n]*\n*[^\n]*/.exec(rest)?.[0].replaceAll("\r", "")
    )
  } catch {
    return undefined
  }
}

/** Without the comments around it, which stand outside of it. */
const printBare = (node: Statement, like: string): string => {
  const original = "original" in node ? (node.original as Statement | null) : undefined
  const holders = [node, original].flatMap((one) => (one?.comments ? [{ one, comments: one.comments }] : []))
  for (const { one } of holders) one.comments = null
  try {
    return print(node, like)
  } finally {
    for (const { one, comments } of holders) one.comments = comments
  }
}

/** ast-types counts them among the statements; they do not stand alone. */
const isClassMember = ({ type }: Statement): boolean =>
  /^(Class\w*(Method|Property|Body|Block)|MethodDefinition|TS.*|StaticBlock)$/.test(type)

/** A text of several lines keeps its own indentation. */
const hasLongText = (node: Statement): boolean =>
  nodesIn(pathTo(node)).some(
    (path) => namedTypes.TemplateElement.check(path.node) && path.node.value.raw.includes("\n")
  )

const startsOf = (source: string): ReadonlyArray<number> => {
  let at = 0
  return linesOf(source).map((line) => (at += line.length) - line.length)
}

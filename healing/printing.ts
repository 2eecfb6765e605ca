/** What recast's printer does not keep: foreign line ends, and a file's habit of doing without semicolons. */
import { diffArrays } from "diff"

/** A line with what ends it; the ends are those that recast knows. */
const line = /[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029])|[^\n\r\u2028\u2029]+$/g

export const linesOf = (text: string): ReadonlyArray<string> => text.match(line) ?? []

export const bare = (text: string): string => text.replace(/[\n\r\u2028\u2029]+$/, "")

/**
 * @param plain How `source` is printed when nothing in it was changed.
 * @returns `printed` with every line of `plain` as it stands in `source`, and the others ended like its first.
 */
export const keepBytes = (source: string, plain: string, printed: string): string => {
  if (source === plain) return printed
  const before = linesOf(source)
  const lines = linesOf(plain).map(bare)
  const end = /\r\n|[\n\r\u2028\u2029]/.exec(source)?.[0] ?? "\n"
  let at = 0
  return diffArrays(lines.length === before.length ? lines : before.map(bare), linesOf(printed).map(bare))
    .flatMap(({ added, removed, value }) => {
      if (added) return value.map((text) => text + end)
      at += value.length
      return removed ? [] : before.slice(at - value.length, at)
    })
    .join("")
}

/** As @babel/parser gives nodes. */
interface Node {
  readonly type: string
  readonly start?: number | null
  readonly end?: number | null
}

const ended = /^(ExpressionStatement|ReturnStatement|VariableDeclaration|ThrowStatement|(Import|Export)\w*Declaration)$/

/** What would go on with the line before it. */
const continues = /^[\s]*[([`/+\-*.,?]/

/** Whether a text does without semicolons. */
export const isLean = (source: string): boolean => !/;[ \t]*(\/\/.*)?$/m.test(source)

/**
 * recast ends what it prints anew with semicolons.
 *
 * @param known A text whose lines are left as they are. @param statements Of `printed`. @param after What follows it.
 * @returns `printed` without those at the end of new lines where nothing follows that needs them.
 */
export const withoutSemicolons = (
  known: string,
  printed: string,
  statements: ReadonlyArray<object>,
  after = ""
): string => {
  const lines = new Set(linesOf(known).map(bare))
  return endsOf(statements)
    .filter((end) => printed[end - 1] === ";" && !lines.has(lineAt(printed, end - 1)))
    .filter((end) => {
      const rest = printed.slice(end) + after
      return /^[ \t]*(\n|\}|$)/.test(rest) && !continues.test(rest)
    })
    .toSorted((one, other) => other - one)
    .reduce((text, end) => text.slice(0, end - 1) + text.slice(end), printed)
}

/** recast mixes tabs with spaces in what it prints anew; here one column is one tab, as the tree was parsed. */
export const withTabs = (source: string, printed: string): string => {
  if (!/^\t/m.test(source)) return printed
  const known = new Set(linesOf(source).map(bare))
  return linesOf(printed)
    .map((text) => (known.has(bare(text)) ? text : onlyTabs(text)))
    .join("")
}

/** A line whose indentation is of tabs alone. */
export const onlyTabs = (text: string): string => text.replace(/^\t+ +/, (lead) => "\t".repeat(lead.length))

const lineAt = (text: string, offset: number): string => {
  const end = text.indexOf("\n", offset)
  return text.slice(text.lastIndexOf("\n", offset) + 1, end === -1 ? undefined : end)
}

/** Where the statements end, at any depth, that a semicolon may end. */
const endsOf = (nodes: ReadonlyArray<unknown>): ReadonlyArray<number> =>
  nodes.flatMap((node) => {
    if (typeof node !== "object" || node === null) return []
    const { type, end } = node as Node
    const own = typeof type === "string" && typeof end === "number" && ended.test(type) ? [end] : []
    const inner = Object.entries(node).flatMap(([key, value]) =>
      key === "loc" || key.endsWith("omments") ? [] : [value]
    )
    return [...own, ...endsOf(inner.flat())]
  })

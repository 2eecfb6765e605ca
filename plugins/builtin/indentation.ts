/** Lines with and without the blanks around them. */

export interface Shift {
  readonly from: string
  readonly to: string
}

/** What all lines of `pattern` must exchange at their start to become those of `run`; `undefined` when it is not one thing. */
export const shiftOf = (pattern: ReadonlyArray<string>, run: ReadonlyArray<string>): Shift | undefined => {
  const indents = pattern.flatMap((line, n) =>
    core(line) === "" ? [] : [[indentOf(line), indentOf(run[n] ?? "")] as const]
  )
  const from = indents.map(([own]) => own).reduce(common)
  const [[first, there] = ["", ""]] = indents
  const deeper = first.slice(from.length)
  if (!there.endsWith(deeper)) return undefined
  const to = there.slice(0, there.length - deeper.length)
  return indents.every(([own, other]) => to + own.slice(from.length) === other) ? { from, to } : undefined
}

const common = (a: string, b: string): string => {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}

/** @returns `undefined` when a line does not begin with what is to be exchanged. */
export const reindent = (text: string, { from, to }: Shift): string | undefined => {
  if (from === to) return text
  const lines = text.split("\n")
  if (!lines.every((line) => core(line) === "" || line.startsWith(from))) return undefined
  return lines.map((line) => (core(line) === "" ? "" : to + line.slice(from.length))).join("\n")
}

const isBlank = (character: string | undefined): boolean => character === " " || character === "\t"

const indentOf = (line: string): string => {
  let end = 0
  while (isBlank(line[end])) end++
  return line.slice(0, end)
}

/** A line without blanks at its start and end. */
export const core = (line: string): string => {
  let end = line.length
  while (end > 0 && isBlank(line[end - 1])) end--
  return line.slice(Math.min(indentOf(line).length, end), end)
}

/** A change of one text file, described for people and for the model. */

export interface Change {
  /** `changed src/a.ts (+2 −1)`. */
  readonly summary: string
  /** Unified diff; absent when it would be too long to be of use, or too slow to make. */
  readonly diff?: string
}

/** Characters of the longest diff that is shown. */
const longestDiff = 60_000

/** @param before Absent: the file is new. */
export const describeChange = async (path: string, before: string | undefined, after: string): Promise<Change> => {
  if (before === after) return { summary: `unchanged ${path}` }
  if (before === undefined && after.length > longestDiff)
    return { summary: `created ${path} (+${countLines(after)} −0)` }
  const verb = before === undefined ? "created" : "changed"
  // Loaded late: most sessions read more than they write.
  const { FILE_HEADERS_ONLY, formatPatch, structuredPatch } = await import("diff")
  const from = before === undefined ? "/dev/null" : path
  const options = { context: 3, stripTrailingCr: true, timeout: 500 }
  const patch = structuredPatch(from, path, before ?? "", after, undefined, undefined, options)
  if (patch === undefined) return { summary: `${verb} ${path}` }
  const lines = patch.hunks.flatMap((hunk) => hunk.lines)
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length
  const summary = `${verb} ${path} (+${count("+")} −${count("-")})`
  const diff = formatPatch(patch, FILE_HEADERS_ONLY)
  return diff.length > longestDiff || lines.length === 0 ? { summary } : { summary, diff }
}

const countLines = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0)

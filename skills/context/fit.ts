/** Keeps as many characters of context files as allowed, and says what that costs. */
import { beginning } from "../../plugins/ports/text-file.ts"
import type { Gathered } from "./gather.ts"

export interface ContextFile extends Pick<Gathered, "path" | "text" | "owner" | "importedBy"> {
  /** Every link followed. */
  readonly real: string
  /** Only its beginning is here. */
  readonly cut?: true
}

export interface Fitted {
  readonly files: ReadonlyArray<ContextFile>
  /** What was cut or does not fit, a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

/** The last files are kept whole the longest: they are the nearest. */
export const fit = (found: ReadonlyArray<Gathered>, limit: number): Fitted => {
  const files: Array<ContextFile> = []
  const notices: Array<string> = []
  let left = limit
  for (const { path, real, text, owner, importedBy, cutFrom } of found.toReversed()) {
    const isWhole = cutFrom === undefined && text.length <= left
    const kept = isWhole ? text : beginning(text, left)
    left -= kept.length
    const file = { path, real, text: kept, owner, ...(importedBy !== undefined && { importedBy }) }
    if (kept !== "") files.unshift(isWhole ? file : { ...file, cut: true })
    if (isWhole) continue
    const size = cutFrom === undefined ? `${text.length} characters` : `${cutFrom} bytes`
    const loss = kept === "" ? `${path} was left out` : `${path} was cut to its first ${kept.length} characters`
    notices.unshift(
      `${loss}: with ${size} it does not fit into the ${limit} characters for context files (context.max_characters)`
    )
  }
  return { files, notices }
}

/** Characters from which users are told what context files cost: about 10,000 tokens of every request. */
const much = 40_000

/** @returns a line for people; `undefined` when they are small. */
export const largeNotice = (files: ReadonlyArray<ContextFile>): string | undefined => {
  const all = files.reduce((sum, { text }) => sum + text.length, 0)
  if (all < much) return undefined
  const largest = files.reduce((one, other) => (other.text.length > one.text.length ? other : one))
  const most = `the largest is ${largest.path} with ${largest.text.length}`
  return `context files take ${all} characters of every request, about ${Math.round(all / 4000)}k tokens; ${most}`
}

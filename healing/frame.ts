/** Where an error was thrown, read from its stack. */
import { fileURLToPath } from "node:url"

/** A place in a file, lines and columns from 1. */
export interface Frame {
  /** Path as the system writes it, without the version that a reloaded module carries behind a question mark. */
  readonly file: string
  readonly line: number
  /** Absent for a file that could not be parsed. */
  readonly column?: number
}

/** More is a recursion, which its innermost places show. */
const mostFrames = 20

/** Characters; a stack that is longer has been made so. */
const longestStack = 20_000
const longestLine = 1000

/**
 * @param stack `error.stack` as V8 writes it.
 * @returns the places outside Node's own code, innermost first.
 */
export const framesOf = (stack: string): ReadonlyArray<Frame> => {
  const lines = stack.slice(0, longestStack).split("\n")
  // An error of syntax is reported by the file's address alone, above the line and a marker under the fault.
  const unparsed = placeOf(/^(file:\/\/\/.+|\/.+):(\d+)$/.exec(lines[0]?.slice(0, longestLine) ?? ""))
  const places = lines
    .filter((line) => line.length < longestLine)
    .map((line) => placeOf(/^\s+at (?:.*\()?(?:async )?(file:\/\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+):(\d+)\)?$/.exec(line)))
  return [unparsed, ...places].filter((one) => one !== undefined).slice(0, mostFrames)
}

/** `file:line:column`, or without a column where there is none. */
export const placeText = ({ file, line, column }: Frame): string =>
  column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`

const placeOf = (match: RegExpExecArray | null): Frame | undefined => {
  const [, address = "", line, column] = match ?? []
  if (line === undefined || address.includes("<anonymous>")) return undefined
  const place = { file: pathOf(address), line: Number(line) }
  return column === undefined ? place : { ...place, column: Number(column) }
}

const pathOf = (address: string): string => {
  if (!address.startsWith("file:")) return address.replace(/\?v=[^/?]*$/, "")
  try {
    return fileURLToPath(address)
  } catch {
    return address
  }
}

/** Where an error was thrown, read from its stack. */
import { fileURLToPath } from "node:url"

/**
 * @param stack `error.stack` as V8 writes it.
 * @returns `file:line:column` of the first place outside Node's own code, `file:line` of a file that could not be parsed;
 *   `undefined` when there is none.
 */
export const frameOf = (stack: string): string | undefined => {
  const lines = stack.slice(0, longestStack).split("\n")
  // An error of syntax is reported by the file's address alone, above the line and a marker under the fault.
  const unparsed = placeOf(/^(file:\/\/\/.+|\/.+):(\d+)$/.exec(lines[0] ?? ""))
  if (unparsed !== undefined) return unparsed
  for (const line of lines.filter((one) => one.length < longestLine)) {
    const place = placeOf(/^\s+at (?:.*\()?(?:async )?(file:\/\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+:\d+)\)?$/.exec(line))
    if (place !== undefined) return place
  }
  return undefined
}

/** Characters; a stack that is longer has been made so. */
const longestStack = 20_000
const longestLine = 1000

const placeOf = (match: RegExpExecArray | null): string | undefined => {
  const [, address = "", position] = match ?? []
  if (position === undefined || address.includes("<anonymous>")) return undefined
  return `${pathOf(address)}:${position}`
}

const pathOf = (address: string): string => {
  if (!address.startsWith("file:")) return address
  try {
    // Without the version that a reloaded module carries behind a question mark.
    return fileURLToPath(address)
  } catch {
    return address
  }
}

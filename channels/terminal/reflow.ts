/** What a terminal does to a drawn frame when it becomes narrower, and how that frame is wiped off all the same. */
import { lineWidth } from "./text.ts"
import type { Screen } from "./screen.ts"

/** These cut long rows instead of breaking them. */
const isRigid = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env.XTERM_VERSION !== undefined || env.STY !== undefined || /^(linux|rxvt|st-|vt\d|cygwin)/.test(env.TERM ?? "")

/**
 * Ink erases as many rows as it drew. A narrower terminal has broken the longer ones in two, so more are there: this goes
 * to the first of them, erases down, and stands where Ink believes to be.
 */
export const wipe = (
  { lines, cursor }: Screen,
  columns: number,
  env: Readonly<Record<string, string | undefined>>
): string => {
  if (lines.length === 0 || isRigid(env)) return ""
  const rows = lines.map((line) => Math.max(1, Math.ceil(lineWidth(line) / columns)))
  const at = cursor?.y ?? lines.length
  const above = rows.slice(0, at).reduce((sum, count) => sum + count, 0) + Math.floor((cursor?.x ?? 0) / columns)
  const below = lines.length - at
  // Room for the frame is made first: at the bottom of the screen Ink's way down would end too early.
  return `\r${up(above)}\u001b[J${"\n".repeat(lines.length)}${up(below)}`
}

const up = (rows: number): string => (rows === 0 ? "" : `\u001b[${rows}A`)

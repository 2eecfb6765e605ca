/** What a terminal does to a drawn frame when it becomes narrower, and how that frame is wiped off all the same. */
import { lineWidth } from "./text.ts"
import type { Screen } from "../screen/screen.ts"

/** These cut long rows instead of breaking them. */
const isRigid = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env.XTERM_VERSION !== undefined || env.STY !== undefined || /^(linux|rxvt|st-|vt\d|cygwin)/.test(env.TERM ?? "")

/**
 * Ink erases as many rows as it drew. A narrower terminal has broken the longer ones in two, so more are there: this goes
 * to the first of them, erases down, and stands where Ink believes to be. What a lower terminal has pushed into its
 * scrollback stays there.
 */
export const wipe = (
  { lines, cursor }: Screen,
  columns: number,
  env: Readonly<Record<string, string | undefined>>
): string => {
  if (lines.length === 0) return ""
  const height = (width: number): number => (isRigid(env) ? 1 : Math.max(1, Math.ceil(width / columns)))
  const at = cursor?.y ?? lines.length
  const above =
    lines.slice(0, at).reduce((sum, line) => sum + height(lineWidth(line)), 0) + height((cursor?.x ?? 0) + 1) - 1
  // Room for the frame is made first: at the bottom of the screen Ink's way down would end too early.
  return `\r${up(above)}\u001b[J${"\n".repeat(lines.length)}${up(lines.length - at)}`
}

const up = (rows: number): string => (rows === 0 ? "" : `\u001b[${rows}A`)

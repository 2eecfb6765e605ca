/** Shows that npm works. */
import type { Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"

export interface Waiting {
  readonly fetched: () => void
  readonly end: () => void
}

/** On a terminal one line that counts, which goes away; elsewhere one line at the beginning. */
export const waiting = ({ stderr }: Io, what: string): Waiting => {
  const begun = Date.now()
  let count = 0
  const line = () =>
    `npm installs ${what} … ${count} ${count === 1 ? "request" : "requests"}, ${Math.round((Date.now() - begun) / 1000)} s`
  // A line that wraps could not be taken back.
  const columns = "columns" in stderr && typeof stderr.columns === "number" ? stderr.columns : 80
  const draw = () => void stderr.write(`\r\u001b[K${oneLine(printable(line()), columns - 1)}`)
  if (stderr.isTTY !== true) {
    stderr.write(`npm installs ${what} …\n`)
    return { fetched: () => {}, end: () => {} }
  }
  draw()
  const timer = setInterval(draw, 250).unref()
  return {
    fetched: () => void (count += 1),
    end: () => {
      clearInterval(timer)
      stderr.write("\r\u001b[K")
    }
  }
}

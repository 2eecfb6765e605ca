/** The whole conversation on a screen of its own, nothing folded: opened and closed by ctrl-o, the scrollback stays as it was. */
import { emitKeypressEvents, type Key } from "node:readline"
import { printed, type ItemOptions } from "./text/item.ts"
import type { Terminal } from "./options.ts"
import { paint, type Theme } from "./text/paint.ts"
import { type Line, say, truncate } from "./text/text.ts"
import type { Item } from "./view/view.ts"

export interface PagerOptions {
  readonly items: () => ReadonlyArray<Item>
  readonly thinking: boolean
  readonly theme: Theme
  /** A line that asks the user to come back, when there is a reason. */
  readonly alert: () => string | undefined
}

const alternate = { on: "\u001b[?1049h\u001b[?25l", off: "\u001b[?25h\u001b[?1049l" }
const home = "\u001b[H"
const eraseLine = "\u001b[K"
const eraseDown = "\u001b[J"

/** @returns when the user closes it. The caller has given up the terminal before. */
export const openPager = async ({ stdin, stdout }: Terminal, options: PagerOptions): Promise<void> => {
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  let lines = linesOf(options, size().columns)
  let top = Number.MAX_SAFE_INTEGER
  const draw = (): void => {
    const { columns, rows } = size()
    const room = Math.max(1, rows - 1)
    top = Math.max(0, Math.min(top, lines.length - room))
    const shown = Array.from(
      { length: room },
      (_, row) => paint(truncate(lines[top + row] ?? [], columns - 1), options.theme) + eraseLine
    )
    const foot = paint(truncate(footOf(options, top, room, lines.length), columns - 1), options.theme)
    stdout.write(`${home}${shown.join("\r\n")}\r\n${foot}${eraseLine}${eraseDown}`)
  }
  const resized = (): void => {
    lines = linesOf(options, size().columns)
    draw()
  }
  // A question that arrives meanwhile must be seen.
  const watch = setInterval(draw, 500)
  stdout.write(alternate.on)
  stdout.on("resize", resized)
  draw()
  try {
    await keys(stdin, (key) => {
      const to = scroll(key, top, Math.max(1, size().rows - 2))
      if (to === undefined) return false
      top = to
      draw()
      return true
    })
  } finally {
    clearInterval(watch)
    stdout.off("resize", resized)
    stdout.write(alternate.off)
  }
}

const linesOf = ({ items, thinking }: PagerOptions, columns: number): ReadonlyArray<Line> => {
  const all = items()
  const options: ItemOptions = { width: Math.max(10, columns - 1), links: false, thinking, calls: true, expanded: true }
  return all.flatMap((_, index) => printed(all, index, options))
}

const footOf = ({ alert }: PagerOptions, top: number, room: number, count: number): Line => {
  const warning = alert()
  if (warning !== undefined) return say(` ${warning} `, { tone: "accent", inverse: true })
  const percent = count <= room ? 100 : Math.round((Math.min(top + room, count) / count) * 100)
  return say(` ${percent}% of ${count} lines · ↑ ↓ pgup pgdn home end · ctrl-o closes `, { dim: true, inverse: true })
}

/** @returns the new first row, or `undefined` to close. */
const scroll = (key: Key, top: number, page: number): number | undefined => {
  const name = key.ctrl ? `ctrl-${key.name}` : (key.name ?? key.sequence ?? "")
  if (["ctrl-o", "ctrl-c", "ctrl-d", "q", "escape"].includes(name)) return undefined
  if (name === "up" || name === "k") return top - 1
  if (name === "down" || name === "j" || name === "return") return top + 1
  if (name === "pageup" || name === "b" || name === "ctrl-b") return top - page
  if (name === "pagedown" || name === "space" || name === "ctrl-f") return top + page
  if (name === "home" || (name === "g" && !key.shift)) return 0
  if (name === "end" || name === "g") return Number.MAX_SAFE_INTEGER
  return top
}

/** Reads keys until one is refused. */
const keys = (stdin: NodeJS.ReadStream, onKey: (key: Key) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const listen = (_: string | undefined, key: Key): void => {
      if (onKey(key)) return
      stdin.off("keypress", listen)
      stdin.off("end", end)
      stdin.setRawMode(false)
      stdin.pause()
      resolve()
    }
    const end = (): void => listen(undefined, { name: "escape" })
    emitKeypressEvents(stdin)
    stdin.setRawMode(true)
    stdin.ref()
    stdin.on("keypress", listen)
    stdin.on("end", end)
    stdin.resume()
  })

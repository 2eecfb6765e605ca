/** A terminal made of two streams: what is typed goes in, what is written is kept. */
import { PassThrough } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import type { Terminal } from "../../../channels/terminal/options.ts"

export interface FakeTerminal extends Terminal {
  readonly type: (text: string) => void
  /** Everything written so far. */
  readonly raw: () => string
  /** The same without escape sequences. */
  readonly text: () => string
  readonly resize: (columns: number, rows: number) => void
  readonly isRaw: () => boolean
  /** Waits until the text written since `from` holds something. */
  readonly until: (part: string | RegExp, from?: number) => Promise<void>
}

export const fakeTerminal = (columns: number, rows: number): FakeTerminal => {
  let raw = false
  let written = ""
  const watchers = new Set<() => void>()
  const stdin = Object.assign(new PassThrough({ encoding: "utf8" }), {
    isTTY: true,
    setRawMode: (on: boolean) => {
      raw = on
      return stdin
    },
    ref: () => stdin,
    unref: () => stdin
  })
  const stdout = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY: true, columns, rows })
  stdout.on("data", (text: string) => {
    written += text
    for (const watcher of watchers) watcher()
  })
  const text = () => stripVTControlCharacters(written)
  const until = (part: string | RegExp, from = 0): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const seen = text().slice(from)
        if (typeof part === "string" ? !seen.includes(part) : !part.test(seen)) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return {
    // Only what Ink and the viewer use of a terminal's streams.
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    type: (typed) => void stdin.write(typed),
    raw: () => written,
    text,
    resize: (nextColumns, nextRows) => {
      Object.assign(stdout, { columns: nextColumns, rows: nextRows })
      stdout.emit("resize")
    },
    isRaw: () => raw,
    until
  }
}

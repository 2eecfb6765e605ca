/**
 * Bytes of a terminal program as plain text: UTF-8 (anything else becomes U+FFFD), without escape sequences and control
 * characters, and of a line that was drawn over and over with carriage returns (a progress bar) only the last state.
 */
import { stripVTControlCharacters } from "node:util"

export interface PlainText {
  /** @returns whole lines, and of a very long line what can no longer change. */
  readonly push: (bytes: Uint8Array) => string
  /** The line that is still being written, as it stands. */
  readonly pending: () => string
  /** @returns the rest. */
  readonly end: () => string
}

/** Characters of an unfinished line that are held back, because a carriage return may still replace them. */
const longestLine = 8192

/** An escape sequence whose end has not come yet; one that never ends is let go after 256 characters. */
// oxlint-disable-next-line no-control-regex
const openEscape = /\u001B(?:\[[0-9;?]{0,256}|\][^\u0007\u001B]{0,256}\u001B?|[()#]?)$/

/** Titles and links, which Node knows only when they hold no blanks. */
// oxlint-disable-next-line no-control-regex
const systemCommand = /\u001B\][^\u0007\u001B\n]*(?:\u0007|\u001B\\)/g

/** Everything below space but tab and newline, delete, and the second set of controls. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g

export const plainText = (): PlainText => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let escape = ""
  let line = ""

  const take = (decoded: string): string => {
    const text = escape + decoded
    escape = openEscape.exec(text)?.[0] ?? ""
    line += strip(text.slice(0, text.length - escape.length))
    const end = line.lastIndexOf("\n") + 1
    const lines = draw(line.slice(0, end))
    line = line.slice(end)
    if (line.length <= longestLine) return lines
    // What a return would replace is gone already; a return at the very end may be half of a line's end.
    const last = line.endsWith("\r") ? "\r" : ""
    line = draw(line)
    if (line.length <= longestLine) {
      line += last
      return lines
    }
    const whole = lines + line
    line = last
    return whole
  }

  return {
    push: (bytes) => take(decoder.decode(bytes, { stream: true })),
    pending: () => draw(line),
    end: () => {
      const rest = take(decoder.decode()) + draw(line)
      line = ""
      return rest
    }
  }
}

const strip = (text: string): string =>
  text.includes("\u001B") ? stripVTControlCharacters(text.replace(systemCommand, "")) : text

/** Each line as a terminal shows it at last. */
const draw = (text: string): string => {
  if (!text.includes("\r")) return text.replace(controls, "")
  return text
    .split("\n")
    .map((line) => {
      const whole = line.replace(/\r+$/, "")
      return whole.slice(whole.lastIndexOf("\r") + 1)
    })
    .join("\n")
    .replace(controls, "")
}

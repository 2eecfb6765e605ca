/** The last lines that a program wrote, for an error: plain text, few, none of them long. */
import { plainText } from "../../plugins/ports/plain-text.ts"

export interface LastWords {
  readonly push: (bytes: Uint8Array) => void
  /** Newest last, joined with newlines; empty when it said nothing. */
  readonly text: () => string
}

/** What happened, and what it said before. */
export const withWords = (what: string, said: string): string =>
  said === "" ? what : `${what}; it wrote to standard error:\n${said}`

const limits = { lines: 20, characters: 400 }

/** @param hide Takes secrets out. */
export const lastWords = (hide: (text: string) => string): LastWords => {
  const plain = plainText()
  let lines: ReadonlyArray<string> = []
  let open = ""
  return {
    push: (bytes) => {
      const [...all] = (open + plain.push(bytes)).split("\n")
      // A line without an end must not grow.
      open = (all.pop() ?? "").slice(-limits.characters * 4)
      lines = [...lines, ...all.filter((line) => line.trim() !== "")].slice(-limits.lines)
    },
    text: () => {
      const last = open + plain.pending()
      const shown = [...lines, ...(last.trim() === "" ? [] : [last])].slice(-limits.lines)
      // Hidden as one text, since a secret may fill several lines, and cut afterwards, since half a key is not known as one.
      return hide(shown.join("\n"))
        .split("\n")
        .map((line) => (line.length > limits.characters ? `${line.slice(0, limits.characters)}…` : line))
        .join("\n")
    }
  }
}

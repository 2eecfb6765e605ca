/** The output of one command: cleaned, counted, its beginning and end at hand, the whole of it in a file when it is long. */
import { headTail } from "./head-tail.ts"
import { plainText } from "./plain-text.ts"
import { spill } from "./spill.ts"

export interface Output {
  /** @returns the text that is now certain, to be shown while the command runs. */
  readonly push: (bytes: Uint8Array) => string
  /** Adds a line of our own. */
  readonly remark: (text: string) => void
  /** No more will come. */
  readonly end: () => void
  /** Characters in all. */
  readonly length: () => number
  /** Where the whole text is, when it is longer than the limit. */
  readonly file: () => string | undefined
  /** What came since the last `take`, at most `limit` characters; the line being written is given each time as it stands. */
  readonly take: () => string
  /** The same, without taking it. */
  readonly peek: () => string
  /** Something came since the last `take`. */
  readonly isNew: () => boolean
}

export const output = ({ limit, folder }: { readonly limit: number; readonly folder: string }): Output => {
  const plain = plainText()
  const whole = spill(folder, limit)
  let recent = headTail(limit)
  let length = 0
  let fresh = false
  let atLineStart = true

  const add = (text: string): string => {
    if (text !== "") atLineStart = text.endsWith("\n")
    length += text.length
    recent.push(text)
    whole.push(text)
    return text
  }

  const note = (left: number): string => {
    const path = whole.file()
    const where = path === undefined ? "" : `; the whole output is in ${path}, to be read with read_file or grep`
    const trouble = whole.trouble() === undefined ? "" : ` (${whole.trouble()})`
    return `\n[… ${left} characters left out${where}${trouble} …]\n`
  }

  const peek = (): string => recent.text(note, plain.pending())

  return {
    push: (bytes) => {
      fresh = true
      return add(plain.push(bytes))
    },
    remark: (text) => {
      add(plain.end())
      add(`${atLineStart ? "" : "\n"}[${text}]\n`)
      fresh = true
    },
    end: () => {
      add(plain.end())
      whole.close()
    },
    length: () => length + plain.pending().length,
    file: () => whole.file(),
    take: () => {
      const text = peek()
      recent = headTail(limit)
      fresh = false
      return text
    },
    peek,
    isNew: () => fresh
  }
}

/** Lines out of bytes that come in any pieces: none longer than a frame may be, and only what is UTF-8. */

export type Line = { readonly text: string } | { readonly wrong: "too_large" | "not_utf8" }

export interface Lines {
  /** @returns those that ended in these bytes. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Line>
  /** What stands behind the last line break. */
  readonly end: () => ReadonlyArray<Line>
}

const newline = 0x0a

/** @param limit Bytes. What is longer is passed by up to its end, and told once. */
export const linesIn = (limit: number): Lines => {
  let held: Array<Uint8Array> = []
  let size = 0

  const hold = (bytes: Uint8Array): void => {
    size += bytes.length
    if (size <= limit) held.push(bytes)
    else held = []
  }

  const take = (): ReadonlyArray<Line> => {
    const [length, bytes] = [size, Buffer.concat(held)]
    held = []
    size = 0
    return length > limit ? [{ wrong: "too_large" }] : decoded(bytes)
  }

  return {
    push: (bytes) => {
      const lines: Array<Line> = []
      let start = 0
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, start)) {
        hold(bytes.subarray(start, at))
        lines.push(...take())
        start = at + 1
      }
      if (start < bytes.length) hold(bytes.subarray(start))
      return lines
    },
    end: take
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** None for an empty line. */
const decoded = (bytes: Uint8Array): ReadonlyArray<Line> => {
  try {
    const text = decoder.decode(bytes).replace(/\r$/, "")
    return text.trim() === "" ? [] : [{ text }]
  } catch {
    return [{ wrong: "not_utf8" }]
  }
}

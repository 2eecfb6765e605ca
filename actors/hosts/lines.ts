/** Bytes cut into lines, with a hard limit on the length of one: what grows beyond it is not kept. */

export interface LineReader {
  readonly push: (bytes: Uint8Array) => void
}

const newline = 10

/**
 * @param limit Bytes of one line.
 * @param onExcess Called once, when a line grows longer; from then on all is dropped.
 */
export const lineReader = (limit: number, onLine: (line: string) => void, onExcess: () => void): LineReader => {
  let pieces: Array<Uint8Array> = []
  let length = 0
  let exceeded = false

  /** @returns whether there is room for more in this line; if not, it is over for good. */
  const hasRoom = (more: number): boolean => {
    if (length + more > limit) {
      exceeded = true
      pieces = []
      onExcess()
    }
    return !exceeded
  }

  const take = (last: Uint8Array): string => {
    const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
    pieces = []
    length = 0
    return textOf(line)
  }

  const push = (bytes: Uint8Array): void => {
    let start = 0
    while (!exceeded && start < bytes.length) {
      const end = bytes.indexOf(newline, start)
      const part = bytes.subarray(start, end === -1 ? bytes.length : end)
      if (!hasRoom(part.length)) return
      if (end === -1) {
        // Copied, which a Buffer's own `slice` does not: the caller may fill the same buffer again.
        pieces.push(new Uint8Array(part))
        length += part.length
        return
      }
      onLine(take(part))
      start = end + 1
    }
  }
  return { push }
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("utf8")

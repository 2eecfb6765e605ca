/** What a place writes to its standard output and error: counted, its end kept, beyond a limit no more than read. */
import { StringDecoder } from "node:string_decoder"

export interface PlaceOutput {
  readonly push: (bytes: Uint8Array) => void
  /** Its last lines. */
  readonly tail: () => string
}

/** Characters kept for messages about its end. */
const kept = 8192
/** Times the limit after which it is no longer an accident. */
const excess = 64

/** @param onLine Hears each line until `limit` bytes have come, and then that no more are shown. */
export const placeOutput = (limit: number, onLine: (line: string) => void, onExcess: () => void): PlaceOutput => {
  const decoder = new StringDecoder("utf8")
  let total = 0
  let tail = ""
  let open = ""

  const show = (text: string): void => {
    const lines = `${open}${text}`.split("\n")
    open = lines.pop() ?? ""
    lines.forEach(onLine)
    if (total <= limit) return
    if (open !== "") onLine(open)
    onLine(`[more than ${limit} bytes of output; no more of it is shown]`)
  }

  return {
    push: (bytes) => {
      const isShown = total <= limit
      const wasExcessive = total > excess * limit
      total += bytes.length
      if (wasExcessive) return
      const text = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      tail = `${tail}${text}`.slice(-kept)
      if (isShown) show(text)
      if (total > excess * limit) onExcess()
    },
    tail: () => tail
  }
}

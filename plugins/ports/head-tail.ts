/** Keeps the beginning and the end of a text of any length in bounded memory. */

export interface HeadTail {
  readonly push: (text: string) => void
  /** Characters (UTF-16 units) pushed in all. */
  readonly length: () => number
  /**
   * All of it when it fits; else beginning and end, cut at line ends where these are near, with a note between them.
   * Never longer than the limit.
   *
   * @param note Says how many characters are left out; must not get longer for a smaller number.
   * @param rest Shown as if it had been pushed.
   */
  readonly text: (note: (left: number) => string, rest?: string) => string
}

/** How far from its place a cut may move to meet a line's end. */
const slack = 200

export const headTail = (limit: number): HeadTail => {
  const half = Math.ceil(limit / 2)
  let head = ""
  let tail = ""
  let length = 0

  const push = (text: string): void => {
    length += text.length
    const room = half - head.length
    head += text.slice(0, room)
    if (text.length <= room) return
    tail += text.slice(room)
    // Cut only now and then: each cut copies.
    if (tail.length > 4 * half) tail = tail.slice(-half)
  }

  const text = (note: (left: number) => string, rest = ""): string => {
    const all = length + rest.length
    if (all <= limit) return head + tail + rest
    const room = limit - note(all).length
    if (room <= 0) return note(all).slice(0, limit)
    const first = cutEnd(head, Math.floor(room / 2))
    const last = cutStart(tail + rest, Math.floor(room / 2))
    return `${first}${note(all - first.length - last.length)}${last}`.toWellFormed()
  }

  return { push, length: () => length, text }
}

/** The first `room` characters, back to a line's end when one is near. */
const cutEnd = (text: string, room: number): string => {
  const cut = text.slice(0, room)
  const end = cut.lastIndexOf("\n") + 1
  return end > cut.length - slack && end > 0 ? cut.slice(0, end) : cut
}

/** The last `room` characters, forward to a line's start when one is near. */
const cutStart = (text: string, room: number): string => {
  const cut = room === 0 ? "" : text.slice(-room)
  const start = cut.indexOf("\n") + 1
  return start > 0 && start < slack ? cut.slice(start) : cut
}

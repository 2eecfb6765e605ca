/**
 * What a server really sent, beside what its SDK makes of it: the SDKs pass over bodies that are no event stream, drop
 * parts of error bodies, and keep `[DONE]` to themselves.
 */
import type { Listener } from "../timed-fetch.ts"

/** `sse`: events as lines of text; `lines`: one JSON value a line; `frames`: binary ones. */
export type Framing = "sse" | "lines" | "frames"

export interface Witness extends Required<Listener> {
  /** Absent until the headers came. */
  readonly response: () => Response | undefined
  /** The body when it was an error's or no event stream, cut to 64 kB or 8 MB; empty otherwise. */
  readonly body: () => string
  /** `data: [DONE]` came, and nothing but a comment or two behind it. */
  readonly done: () => boolean
}

/** Bytes. What an error says stands at its beginning; a reply is longer than any model writes. */
const errorLimit = 65_536
const wholeLimit = 8 * 1024 * 1024

/** Bytes; enough to see what begins. */
const headLength = 8
/** Bytes; enough for the last line and a comment behind it. */
const tailLength = 32
/** Stands alone in its line, as nothing in a JSON text does. */
const done = /^data: ?\[DONE\]/m

/**
 * How streams begin. `sse`: with one of four fields, or with a comment. `frames`: with their length in four bytes, the
 * first of which is 0 in every frame below 16 MB.
 */
const beginnings: Readonly<Record<Framing, ReadonlyArray<string>>> = {
  sse: ["data:", "event:", "id:", "retry:", ":"],
  lines: ["{"],
  frames: ["\0"]
}

/** Space, control characters, and the mark that says UTF-8. OpenRouter sends many before a body that takes its time. */
const isBlank = (byte: number): boolean =>
  (byte <= 0x20 && byte !== 0) || byte === 0xef || byte === 0xbb || byte === 0xbf

/** `undefined` as long as it may become either. */
const isBeginning = (head: string, framing: Framing): boolean | undefined => {
  const known = beginnings[framing]
  if (known.some((beginning) => head.startsWith(beginning))) return true
  return known.some((beginning) => beginning.startsWith(head)) ? undefined : false
}

export const witness = (framing: Framing = "sse"): Witness => {
  let response: Response | undefined
  let isStream: boolean | undefined
  let head = ""
  let tail: Uint8Array = new Uint8Array()
  const kept: Array<Uint8Array> = []
  let room = wholeLimit

  const keep = (bytes: Uint8Array): void => {
    if (room <= 0) return
    kept.push(bytes.slice(0, room))
    room -= bytes.length
  }

  return {
    onResponse: (answer) => {
      response = answer
      if (answer.ok) return
      isStream = false
      room = errorLimit
    },
    onBytes: (bytes) => {
      if (isStream === undefined) {
        const first = head === "" ? bytes.findIndex((byte) => !isBlank(byte)) : 0
        if (first !== -1) head += Buffer.from(bytes.subarray(first, first + headLength)).toString("latin1")
        isStream = isBeginning(head, framing)
      }
      if (isStream !== true) keep(bytes)
      tail = bytes.length >= tailLength ? bytes.slice(-tailLength) : Buffer.concat([tail, bytes]).subarray(-tailLength)
    },
    response: () => response,
    // Too little to tell: the beginning of a stream that broke off.
    body: () => (isStream !== false ? "" : Buffer.concat(kept).toString("utf8").trim()),
    done: () => done.test(Buffer.from(tail).toString("latin1"))
  }
}

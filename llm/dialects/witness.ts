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
  /** The body when it was an error's or no event stream, cut to 64 kB; empty otherwise. */
  readonly body: () => string
  /** The last that came was `data: [DONE]`. */
  readonly done: () => boolean
}

const bodyLimit = 65_536
const tailLength = 16
/** How lines of an event stream start: `data`, `event`, `id`, `retry`, or a comment. */
const streamStarts = new Set([..."deir:"].map((letter) => letter.charCodeAt(0)))
const isBlank = (byte: number): boolean => byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf

export const witness = (framing: Framing = "sse"): Witness => {
  let response: Response | undefined
  let isStream = framing === "sse" ? undefined : true
  let tail = new Uint8Array()
  const kept: Array<Uint8Array> = []
  let room = bodyLimit

  const keep = (bytes: Uint8Array): void => {
    if (room <= 0) return
    kept.push(bytes.slice(0, room))
    room -= bytes.length
  }

  return {
    onResponse: (answer) => {
      response = answer
      if (!answer.ok) isStream = false
    },
    onBytes: (bytes) => {
      if (isStream === undefined) {
        const first = bytes.find((byte) => !isBlank(byte))
        if (first !== undefined) isStream = streamStarts.has(first)
      }
      if (isStream !== true) keep(bytes)
      tail =
        bytes.length >= tailLength ? bytes.slice(-tailLength) : new Uint8Array([...tail, ...bytes].slice(-tailLength))
    },
    response: () => response,
    body: () => (isStream === true ? "" : Buffer.concat(kept).toString("utf8").trim()),
    done: () => isStream === true && Buffer.from(tail).toString("latin1").trimEnd().endsWith("[DONE]")
  }
}

/** The ways in which events stand in a recorded body, read by their own documents, and written where only the events were kept. */
import { frame } from "../dialects/bedrock.speaker.ts"

type Json = Readonly<Record<string, unknown>>

/** Events of a `text/event-stream` (WHATWG): the data of each, without `[DONE]`. */
export const readSse = (body: string): ReadonlyArray<unknown> =>
  body
    .replace(/\r\n?/g, "\n")
    .split("\n\n")
    .map((event) => [...event.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join("\n"))
    .filter((data) => data !== "" && data.trim() !== "[DONE]")
    .map((data): unknown => JSON.parse(data))

export const readLines = (body: string): ReadonlyArray<unknown> =>
  body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): unknown => JSON.parse(line))

/**
 * Frames of `application/vnd.amazon.eventstream`: total length, length of headers, checksum, headers, payload, checksum.
 * @returns Each payload under the name of its `:event-type`.
 */
export const readFrames = (body: Buffer): ReadonlyArray<unknown> => {
  const events: Array<unknown> = []
  for (let from = 0; from < body.length; from += body.readUInt32BE(from)) {
    const bytes = body.subarray(from, from + body.readUInt32BE(from))
    const payload = 12 + bytes.readUInt32BE(4)
    const name = headersOf(bytes.subarray(12, payload)).get(":event-type") ?? ""
    events.push({ [name]: JSON.parse(bytes.subarray(payload, -4).toString()) })
  }
  return events
}

/** All of them are strings here: type 7, with a length of two bytes. */
const headersOf = (bytes: Buffer): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const name = bytes.subarray(at + 1, at + 1 + bytes.readUInt8(at)).toString()
    at += 1 + name.length
    const length = bytes.readUInt16BE(at + 1)
    headers.set(name, bytes.subarray(at + 3, at + 3 + length).toString())
    at += 3 + length
  }
  return headers
}

/** Events that were recorded without their framing, one JSON value a line, as the server framed them. */
export const frameLines = (body: string): Buffer => {
  const frames = readLines(body).flatMap((event) =>
    Object.entries(Object(event) as Json).map(([name, payload]) =>
      frame({ ":message-type": "event", ":event-type": name }, Object(payload) as Json)
    )
  )
  return Buffer.from(frames.join(""), "latin1")
}

/** The same for event streams; a line that is no JSON stays as it is. */
export const sseLines = (body: string): string =>
  body
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [type] = /(?<="type":")[\w.-]+/.exec(line) ?? []
      return `${type === undefined ? "" : `event: ${type}\n`}data: ${line}\n\n`
    })
    .join("")

/** The three ways in which events stand in a body, read and written by their own documents, for recordings only. */
import { crc32 } from "node:zlib"

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
    const frame = body.subarray(from, from + body.readUInt32BE(from))
    const payload = 12 + frame.readUInt32BE(4)
    const name = headersOf(frame.subarray(12, payload)).get(":event-type") ?? ""
    events.push({ [name]: JSON.parse(frame.subarray(payload, -4).toString()) })
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

const uint = (value: number, bytes: 1 | 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value >>> 0, 0, bytes)
  return buffer
}

const header = (name: string, value: string): ReadonlyArray<Buffer> => [
  uint(name.length, 1),
  Buffer.from(name),
  uint(7, 1),
  uint(value.length, 2),
  Buffer.from(value)
]

const frame = (name: string, payload: unknown): Buffer => {
  const headers = Buffer.concat([
    ...header(":event-type", name),
    ...header(":content-type", "application/json"),
    ...header(":message-type", "event")
  ])
  const body = Buffer.from(JSON.stringify(payload))
  const lengths = Buffer.concat([uint(headers.length + body.length + 16, 4), uint(headers.length, 4)])
  const all = Buffer.concat([lengths, uint(crc32(lengths), 4), headers, body])
  return Buffer.concat([all, uint(crc32(all), 4)])
}

/** Events that were recorded without their framing, one JSON value a line, as the server framed them. */
export const frameLines = (body: string): Buffer =>
  Buffer.concat(
    readLines(body).flatMap((event) =>
      Object.entries(Object(event) as object).map(([name, payload]) => frame(name, payload))
    )
  )

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

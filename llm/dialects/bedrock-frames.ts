/** AWS's binary event stream: frames of a length, headers, a body in JSON, and two checksums. */
import type { Message } from "@smithy/core/event-streams"
import { fields } from "../wire-value.ts"

/** Bytes: length of frame and headers, checksum of both, checksum of all. */
const shortest = 16

/**
 * Events as `{ [type]: body }`; a failure that the server tells as `{ failure: { code, message } }`.
 *
 * @throws for bytes that are no frame, for a checksum that is wrong, and when the last frame is not whole.
 */
export const frames = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const { EventStreamCodec } = await import("@smithy/core/event-streams")
  const codec = new EventStreamCodec(toText, fromText)
  let rest: Uint8Array = new Uint8Array()
  let isStream: boolean | undefined
  for await (const piece of body) {
    // The first of the four bytes of a length is 0 in every frame below 16 MB. What begins otherwise is read to its
    // end all the same, so that `exchange.ts` sees all of it and can tell what it is.
    isStream ??= piece.length === 0 ? undefined : piece[0] === 0
    if (isStream !== true) continue
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (let length = lengthOf(rest); length !== undefined && length <= rest.length; length = lengthOf(rest)) {
      yield eventOf(codec.decode(rest.subarray(0, length)))
      rest = rest.subarray(length)
    }
  }
  if (rest.length > 0) throw new Error("the stream ended within a frame")
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8")
const fromText = (text: string): Uint8Array => Buffer.from(text, "utf8")

const lengthOf = (bytes: Uint8Array): number | undefined => {
  if (bytes.length < 4) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  if (length < shortest || bytes[0] !== 0) throw new Error("this is no event stream")
  return length
}

const eventOf = ({ headers, body }: Message): unknown => {
  const header = (name: string): string => String(headers[name]?.value ?? "")
  switch (header(":message-type")) {
    case "event":
      return { [header(":event-type")]: JSON.parse(toText(body)) as unknown }
    case "exception":
      return { failure: { ...fields(parse(toText(body))), code: header(":exception-type") } }
    default:
      return { failure: { message: header(":error-message"), code: header(":error-code") } }
  }
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return { message: json }
  }
}

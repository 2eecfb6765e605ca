/**
 * A stream of events of which every one is what the SDK can read: at anything else its REST client writes the stranger's
 * text to standard error, unescaped.
 */
import { StreamResponse } from "@a2a-js/sdk"
import { createParser } from "eventsource-parser"
import { PeerError } from "./peer.ts"

/** Characters of one event; the SDK takes a few more. */
const largestEvent = 4_000_000

export const guardEvents = (body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let tell: (text: string) => void = () => {}
  const parser = createParser({
    onEvent: ({ event, data }) => tell(`${event === undefined ? "" : `event: ${event}\n`}data: ${checked(data)}\n\n`),
    onError: ({ type }) => {
      if (type === "max-buffer-size-exceeded") throw tooLarge()
    },
    maxBufferSize: largestEvent
  })
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        tell = (text) => controller.enqueue(encoder.encode(text))
        parser.feed(decoder.decode(chunk, { stream: true }))
      },
      // Some leave out the empty line below the last event.
      flush: () => parser.feed("\n\n")
    })
  )
}

const tooLarge = (): PeerError => new PeerError("protocol", `it sends an event of more than ${largestEvent} characters`)

/** In one line. */
const checked = (data: string): string => {
  if (data.length > largestEvent) throw tooLarge()
  try {
    const event: unknown = JSON.parse(data)
    if (typeof event !== "object" || event === null || Array.isArray(event)) throw new TypeError("no object")
    if (!("jsonrpc" in event)) StreamResponse.fromJSON(event)
    return JSON.stringify(event)
  } catch (error) {
    throw new PeerError("protocol", "it sends an event that is not one of A2A", { cause: error })
  }
}

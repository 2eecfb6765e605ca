/** `fetch` with a tape: what was asked, what came, its body as far as the plugin read it; streams stay streams. */
import { addressOf, askedOf, errorOf, headersOf } from "../uses.ts"
import type { TapedResponse } from "../trial/played-fetch.ts"
import type { Reel } from "./reel.ts"

export const tapedFetch =
  (fetch: typeof globalThis.fetch, tape: Reel): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const args = [await askedOf(request)]
    // As it was asked for, unless the body was read for the tape and only the copy has it still.
    const isStream = input instanceof Request || init?.body instanceof ReadableStream
    try {
      const response = await (isStream ? fetch(request) : fetch(input, init))
      const said = saidOf(response)
      const pieces: Array<Uint8Array> = []
      const body = () => ({ base64: Buffer.concat(pieces).toString("base64") })
      // Read when it is asked for: the body goes on growing.
      const value = Object.defineProperty({ ...said }, "body", {
        get: () => (response.body === null ? null : body()),
        enumerable: true
      })
      tape.add({ port: "fetch", args, value })
      return response.body === null ? response : heard(response, response.body, pieces, tape)
    } catch (error) {
      tape.add({ port: "fetch", args, error: errorOf(error) })
      throw error
    }
  }

const saidOf = ({ url, status, statusText, redirected, headers }: Response): Omit<TapedResponse, "body"> => ({
  url: addressOf(url),
  status,
  statusText,
  redirected,
  headers: headersOf(headers)
})

/** The same response; what is read of it is kept. */
const heard = (
  response: Response,
  body: ReadableStream<Uint8Array>,
  pieces: Array<Uint8Array>,
  tape: Reel
): Response => {
  const keep = (piece: Uint8Array): void => {
    const size = Math.ceil((piece.byteLength * 4) / 3)
    if (!tape.hasRoom(size)) return tape.tear()
    tape.take(size)
    pieces.push(Uint8Array.from(piece))
  }
  const through = new TransformStream<Uint8Array, Uint8Array>(
    {
      transform: (piece, controller) => {
        keep(piece)
        controller.enqueue(piece)
      }
    },
    { highWaterMark: 1 },
    { highWaterMark: 0 }
  )
  const { url, redirected, status, statusText, headers } = response
  const copy = new Response(body.pipeThrough(through), { status, statusText, headers })
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } })
}

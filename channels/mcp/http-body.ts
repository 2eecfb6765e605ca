/** The body of a POST, no longer than may be, as JSON. */
import type { IncomingMessage } from "node:http"
import type { Refused } from "../websocket/answers.ts"
import { messageLimit } from "./message.ts"

export type Body = { readonly value: unknown } | { readonly refused: Refused }

const tooLarge: Refused = { code: 413, message: `a message has at most ${messageLimit / 1024 / 1024} MiB` }

/**
 * What is too long is read to its end and thrown away, so that a client which still writes gets to read why; the server's time for a
 * request bounds it. Rejects when the client breaks off.
 */
export const readBody = async (request: IncomingMessage): Promise<Body> => {
  if (Number(request.headers["content-length"] ?? 0) > messageLimit) return { refused: tooLarge }
  const pieces: Array<Uint8Array> = []
  let size = 0
  for await (const piece of request) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size <= messageLimit) pieces.push(bytes)
    else pieces.length = 0
  }
  if (size > messageLimit) return { refused: tooLarge }
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces)))
    return { value }
  } catch {
    return { refused: { code: 400, message: "the body must be one message in JSON, in UTF-8" } }
  }
}

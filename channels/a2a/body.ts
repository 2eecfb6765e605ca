/** The body of a request, read whole within its bounds. */
import type { IncomingMessage } from "node:http"

export type ReadBody = { readonly text: string } | { readonly problem: "too_large" | "broken" | "not_utf8" }

/** @param limit Bytes. Nothing more is kept of a body that has more; the connection should be closed then. */
export const bodyOf = async (request: IncomingMessage, limit: number): Promise<ReadBody> => {
  if (Number(request.headers["content-length"] ?? 0) > limit) return { problem: "too_large" }
  const chunks: Array<Buffer> = []
  let size = 0
  try {
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > limit) return { problem: "too_large" }
      chunks.push(bytes)
    }
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) }
  } catch (error) {
    return { problem: error instanceof TypeError ? "not_utf8" : "broken" }
  }
}

/** One small JSON document from a server on this machine, or nothing: whoever listens there may be anybody. */

/** @returns what was answered; `undefined` for everything that is no JSON, no success, too long or too late. */
export type Ask = (path: string, body?: object) => Promise<unknown>

/** Bytes; a list of a thousand models is shorter. */
const limit = 2_000_000

/** @param patience Milliseconds for each question. No key is sent, and nobody is followed elsewhere. */
export const asking =
  (origin: string, patience: number): Ask =>
  async (path, body) => {
    try {
      const response = await fetch(new URL(path, origin), {
        signal: AbortSignal.timeout(patience),
        redirect: "error",
        ...(body !== undefined && {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body)
        })
      })
      const type = response.headers.get("content-type") ?? ""
      if (response.ok && type.includes("json")) return JSON.parse(await readSmall(response))
      await response.body?.cancel()
    } catch {
      // Nobody there, not in time, or not what we look for: all the same.
    }
    return undefined
  }

const readSmall = async (response: Response): Promise<string> => {
  const pieces: Array<Uint8Array> = []
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.length
    if (size > limit) throw new RangeError("too long")
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString("utf8")
}

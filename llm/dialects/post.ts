/** A request by plain HTTP and the events of its answer, for dialects that need no SDK. */
import type { TimedFetch } from "../timed-fetch.ts"

export interface Post {
  readonly url: string
  /** `null`: not sent. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: unknown
  /** Reads events out of the body; they are not to be trusted. */
  readonly decode: (body: ReadableStream<Uint8Array>) => AsyncIterable<unknown>
}

/** @throws when the server refused; `exchange.ts` has seen what it said. */
export const post = async (
  { fetch, signal }: Pick<TimedFetch, "fetch" | "signal">,
  { url, headers, body, decode }: Post
): Promise<AsyncIterable<unknown>> => {
  const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null)
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...Object.fromEntries(sent) },
    body: JSON.stringify(body),
    signal
  })
  if (response.ok && response.body !== null) return decode(response.body)
  await response.text()
  throw new Error(`status ${response.status}`)
}

/** JSON events of a `text/event-stream`; `[DONE]` and what follows it is passed over. */
export const serverSentEvents = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const { createParser } = await import("eventsource-parser")
  const waiting: Array<string> = []
  const parser = createParser({ onEvent: ({ data }) => waiting.push(data) })
  for await (const piece of texts(body)) {
    parser.feed(piece)
    for (const data of waiting.splice(0)) {
      if (data.trim() === "[DONE]") return
      yield JSON.parse(data) as unknown
    }
  }
}

/** One JSON value a line. */
export const jsonLines = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = ""
  for await (const piece of texts(body)) {
    // Only what is new is searched: one line may be the whole body.
    const [first = "", ...more] = piece.split("\n")
    const lines = [rest + first, ...more]
    rest = lines.pop() ?? ""
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as unknown
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as unknown
}

/** The body as text; a letter that is cut between two pieces comes with the second. */
const texts = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of body) yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}

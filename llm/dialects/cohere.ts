/**
 * Cohere's chat, version 2, streaming. Two pure halves, `toBody` and `step`, around one request.
 * Sources: docs.cohere.com/reference/chat-stream, /docs/tool-use, /docs/reasoning; recorded traffic of 2025 and 2026.
 */
import { toBody } from "./cohere-body.ts"
import { endings, step } from "./cohere-step.ts"
import { whole } from "./cohere-whole.ts"
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { post, serverSentEvents } from "./post.ts"
import { keyHeaders } from "./sdk-options.ts"
import { speak } from "./speak.ts"

/** The address without what belongs to one version or to the side that speaks as OpenAI does. */
const hostOf = (baseUrl: string): string =>
  baseUrl
    .replace(/\/+$/, "")
    .replace(/\/(compatibility\/)?v\d$/, "")
    .replace(/\/+$/, "")

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  return (line) =>
    post(line, {
      url: `${hostOf(options.baseUrl)}/v2/chat`,
      headers: { accept: "text/event-stream", ...keyHeaders(options, "authorization"), ...options.headers },
      body,
      decode: serverSentEvents
    })
}

export const cohere = speak({ toBody, load, step, whole, endings, hasTrailer: false })

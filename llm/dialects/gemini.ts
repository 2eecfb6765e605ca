/**
 * Google's own `streamGenerateContent`, of the Gemini API and of Vertex. Two pure halves, `toBody` and `step`, around one
 * request.
 * Sources: ai.google.dev/api/generate-content, the types of `@google/genai` 3.1.0, recorded traffic of both.
 */
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { toBody } from "./gemini-body.ts"
import { endings, step, whole } from "./gemini-step.ts"
import { post, serverSentEvents } from "./post.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const request = {
    url: `${options.baseUrl.replace(/\/+$/, "")}/${pathOf(options.model)}:streamGenerateContent?alt=sse`,
    headers: { ...authentication(options), ...options.headers },
    body,
    decode: serverSentEvents
  }
  return (line) => post(line, request)
}

/** A name with a slash says itself what it is: `tunedModels/mine`. */
const pathOf = (model: string): string =>
  (model.includes("/") ? model : `models/${model}`).split("/").map(encodeURIComponent).join("/")

/** A key never stands in the address, which proxies write down. */
const authentication = ({ apiKey = "", quirks }: DialectOptions): Readonly<Record<string, string>> => {
  const { keyHeader = "x-goog-api-key" } = quirks
  const key = apiKey.trim()
  return key === "" ? {} : { [keyHeader]: keyHeader === "authorization" ? `Bearer ${key}` : key }
}

/** Why it ended and how much it took may come in one chunk or in two. */
export const gemini = speak({ toBody, load, step, whole, endings, hasTrailer: true })

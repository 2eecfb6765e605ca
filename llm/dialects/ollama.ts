/**
 * Ollama's own chat, streaming as lines of JSON. Two pure halves, `toBody` and `step`, around one request.
 *
 * Its OpenAI-compatible side would do, were it not for the context window: only here can it be asked for, and a
 * conversation that does not fit be refused instead of cut in silence.
 * Sources: docs.ollama.com/api/chat, github.com/ollama/ollama (api/types.go, server/prompt.go, llm/llama_server.go) of
 * autumn 2026. No recorded traffic of it was at hand.
 */
import { fields } from "../wire-value.ts"
import type { Dialect, DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { ollamaAddress } from "./ollama-address.ts"
import { infoOf, toBody } from "./ollama-body.ts"
import { type Asked, endings, step } from "./ollama-step.ts"
import { jsonLines, post } from "./post.ts"
import { keyHeaders } from "./sdk-options.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const asked: Asked = { window: body.options?.num_ctx, length: lengthOf([body.messages, body.tools]) }
  return (line) =>
    post(line, {
      url: `${ollamaAddress(options.baseUrl)}/api/chat`,
      headers: { ...keyHeaders(options, "authorization"), ...options.headers },
      body,
      decode: (bytes) => told(jsonLines(bytes), asked)
    })
}

/** Images are no letters. */
const lengthOf = (told: unknown): number =>
  JSON.stringify(told, (key, value: unknown) => (key === "images" ? undefined : value)).length

const told = async function* (lines: AsyncIterable<unknown>, asked: Asked): AsyncGenerator<unknown> {
  for await (const line of lines) yield { ...fields(line), asked }
}

const speech = speak({ toBody, load, step, endings, hasTrailer: false, framing: "lines" })

export const ollama: Dialect = (options) => speech({ ...options, info: infoOf(options) })

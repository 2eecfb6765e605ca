/**
 * OpenAI's Responses, streaming and stateless: nothing is stored there, encrypted reasoning travels with the conversation.
 * Two pure halves, `toBody` and `step`, around one request.
 * Sources: platform.openai.com/docs/api-reference/responses and recorded traffic of 8 providers.
 */
import * as Stream from "effect/Stream"
import type { Dialect, DialectOptions } from "./dialect.ts"
import { exchange, type Wire } from "./exchange.ts"
import { callIds } from "./history.ts"
import { loadOpenai } from "./openai-client.ts"
import { toBody } from "./openai-responses-body.ts"
import { endings, step } from "./openai-responses-step.ts"
import { newReply } from "./reply.ts"
import { newSeed } from "./seed.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const client = await loadOpenai(options)
  return (line) => client(line).responses.create(body, { signal: line.signal })
}

export const openaiResponses: Dialect = (options) => ({
  id: options.id,
  info: options.info,
  respond: (request) =>
    Stream.suspend(() => {
      const body = toBody(options, request)
      return exchange(options, {
        load: () => load(options, body),
        start: newReply(newSeed(), callIds(request.messages)),
        step,
        endings,
        hasTrailer: false
      })
    })
})

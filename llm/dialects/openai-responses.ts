/**
 * OpenAI's Responses, streaming and stateless: nothing is stored there, encrypted reasoning travels with the conversation.
 * Two pure halves, `toBody` and `step`, around one request.
 * Sources: platform.openai.com/docs/api-reference/responses and recorded traffic of 8 providers.
 */
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { loadOpenai } from "./openai-client.ts"
import { toBody } from "./openai-responses-body.ts"
import { endings, step } from "./openai-responses-step.ts"
import { whole } from "./openai-responses-whole.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const client = await loadOpenai(options)
  return (line) => client(line).responses.create(body, { signal: line.signal })
}

export const openaiResponses = speak({ toBody, load, step, whole, endings, hasTrailer: false })

/**
 * OpenAI's Chat Completions, streaming: what most providers speak, each with its own accent.
 * Two pure halves, `toBody` and `step`, around one request.
 * Sources: platform.openai.com/docs/api-reference/chat and recorded traffic of 15 providers.
 */
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { toBody } from "./openai-chat-body.ts"
import { endings, step } from "./openai-chat-step.ts"
import { loadOpenai } from "./openai-client.ts"
import { whole } from "./openai-chat-whole.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const client = await loadOpenai(options)
  return (line) => client(line).chat.completions.create(body, { signal: line.signal })
}

export const openaiChat = speak({
  toBody,
  load,
  step,
  whole,
  endings,
  hasTrailer: true,
  // Snowflake never says why it ended, but counts the tokens and closes with `[DONE]`: both come only after the
  // last of the reply. Either alone could be a gateway's that lost its provider half way.
  isEnded: (reply, seen) => reply.usage !== undefined && seen.done()
})

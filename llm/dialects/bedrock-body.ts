/** A request in the words of Bedrock's Converse. */
import type { ModelRequest } from "../model.ts"
import { type CachePoint, type Turn, turnsOf } from "./bedrock-content.ts"
import { abilityOf } from "./bedrock-models.ts"
import { thinkingOf } from "./bedrock-thinking.ts"
import type { DialectOptions } from "./dialect.ts"
import { prepare } from "./history.ts"
import { type OfferedTool, offeredTools } from "./offered-tools.ts"

/** The prompt up to here is kept for five minutes; asking again costs a tenth. */
const cachePoint: CachePoint = { cachePoint: { type: "default" } }

export const toBody = (options: DialectOptions, request: ModelRequest) => {
  const { quirks, model } = options
  const turns = turnsOf(prepare(options, request.messages, { callId: { max: 64 }, toolImages: true }), model)
  const { caches } = abilityOf(model)
  // A conversation with calls in it is refused when no tools come with it.
  const tools = offeredTools({ ...quirks, needsTools: true }, request).map(toolSpec)
  const thinking = thinkingOf(options, request, turns)
  const isCool = request.temperature === undefined || thinking.refusesTemperature || quirks.noTemperature === true
  const inference = {
    ...(request.maxTokens === undefined || thinking.refusesLimit ? {} : { maxTokens: request.maxTokens }),
    ...(isCool ? {} : { temperature: request.temperature })
  }
  return {
    messages: caches.messages ? withPoint(turns) : turns,
    ...(request.system === "" ? {} : { system: [{ text: request.system }, ...(caches.system ? [cachePoint] : [])] }),
    ...(tools.length === 0 ? {} : { toolConfig: { tools: caches.tools ? [...tools, cachePoint] : tools } }),
    ...(Object.keys(inference).length === 0 ? {} : { inferenceConfig: inference }),
    ...(Object.keys(thinking.fields).length === 0 ? {} : { additionalModelRequestFields: thinking.fields }),
    ...quirks.body
  }
}

const toolSpec = ({ name, description, parameters, strict }: OfferedTool) => ({
  toolSpec: {
    name,
    // An empty one is refused.
    ...(description.trim() === "" ? {} : { description }),
    inputSchema: { json: { ...parameters, type: "object" } },
    ...(strict ? { strict } : {})
  }
})

/** The end of the newest message is the end of the next request's common beginning. */
const withPoint = (turns: ReadonlyArray<Turn>): ReadonlyArray<Turn> => {
  const last = turns.at(-1)
  return last === undefined ? turns : [...turns.slice(0, -1), { ...last, content: [...last.content, cachePoint] }]
}

/** How the models behind Converse are told how hard to think: each maker's own fields, passed through. */
import type { Effort, ModelRequest } from "../model.ts"
import { generation, thinkingOf as claudeThinking } from "./anthropic-thinking.ts"
import type { Turn } from "./bedrock-content.ts"
import type { DialectOptions } from "./dialect.ts"

export interface Thinking {
  readonly fields: Readonly<Record<string, unknown>>
  /** A temperature beside it is refused. */
  readonly refusesTemperature: boolean
  /** A limit of tokens beside it is refused. */
  readonly refusesLimit?: boolean
}

/** Tokens a reply may have where nobody says, as far as a budget is measured by it. */
const usualMaxTokens = 8_192

export const thinkingOf = (options: DialectOptions, request: ModelRequest, turns: ReadonlyArray<Turn>): Thinking => {
  const { model, info } = options
  if (/claude/.test(model)) return ofClaude(options, request, turns)
  const fields = info.reasoning === false || request.reasoning === undefined ? {} : others(model, request.reasoning)
  const isNova = "reasoningConfig" in fields
  return { fields, refusesTemperature: isNova, refusesLimit: isNova && request.reasoning === "high" }
}

const ofClaude = (options: DialectOptions, request: ModelRequest, turns: ReadonlyArray<Turn>): Thinking => {
  const claude = generation(options.model) ?? 0
  const maxTokens = request.maxTokens ?? options.info.maxOutput ?? usualMaxTokens
  const { thinking, ...rest } = claudeThinking(options, request.reasoning, maxTokens, hasThoughtOf(turns))
  if (thinking === undefined) return { fields: rest, refusesTemperature: claude >= 4.7 }
  // The version of the API that knows `display` is spoken to 4.7 and later.
  const { display: _, ...plain } = { display: undefined, ...thinking }
  return { fields: { thinking: claude >= 4.7 ? thinking : plain, ...rest }, refusesTemperature: true }
}

/** With a budget, a turn whose calls are being answered must have begun with thinking. */
const hasThoughtOf = (turns: ReadonlyArray<Turn>): boolean => {
  const isRunning = turns.at(-1)?.content.some((content) => "toolResult" in content) === true
  const begun = turns.findLast(({ role }) => role === "assistant")?.content[0]
  return !isRunning || (begun !== undefined && "reasoningContent" in begun)
}

/** Amazon's Nova 2 (its user guide, "Extended thinking"), OpenAI's gpt-oss, Alibaba's Qwen; of no other maker is it known how to ask. */
const others = (model: string, wanted: Effort): Readonly<Record<string, unknown>> => {
  if (/\bnova-2/.test(model)) {
    return wanted === "none" ? {} : { reasoningConfig: { type: "enabled", maxReasoningEffort: wanted } }
  }
  if (/\bopenai\./.test(model)) return { reasoning_effort: wanted === "none" ? "low" : wanted }
  if (/\bqwen\./.test(model) && wanted !== "none") return { reasoning_config: wanted }
  return {}
}

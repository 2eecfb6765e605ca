/**
 * How a Claude, or a server that speaks like one, is told how hard to think.
 *
 * Claude 4.6 and later choose the depth themselves (`adaptive`) within an effort; older ones, and other servers of the
 * older API version, want a budget in tokens. Claude 5 and later think unless told otherwise, keep what they think to
 * themselves unless asked for it, and write between calls only there. Each of them refuses another way of switching
 * thinking off, so `none` asks them for the lowest effort, which all of them take.
 * Source: platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting, table of models, November 2026.
 */
import type { MessageCreateParamsStreaming, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages"
import type { Effort } from "../model.ts"
import { speaksNewest } from "./anthropic-version.ts"
import type { DialectOptions } from "./dialect.ts"

export type Thinking = Pick<MessageCreateParamsStreaming, "thinking" | "output_config">

/** Tokens. The API's least is 1,024. */
const budgets: Readonly<Record<Exclude<Effort, "none">, number>> = { low: 2_048, medium: 8_192, high: 16_384 }
const leastBudget = 1_024

const shown: ThinkingConfigParam = { type: "adaptive", display: "summarized" }

/** 4.5 of `claude-haiku-4-5-20251001`, `anthropic/claude-4.5-haiku`; `undefined` for other models. */
export const generation = (model: string): number | undefined => {
  const [, major, minor = "0"] = /claude-(?:[a-z]+-)?(\d)(?:[.-](\d)(?!\d))?/.exec(model) ?? []
  return major === undefined ? undefined : Number(`${major}.${minor}`)
}

/** @param canBudget The conversation's running turn can be thought about: see `hasThoughtOf`. */
export const thinkingOf = (
  { info, model, quirks }: DialectOptions,
  wanted: Effort | undefined,
  maxTokens: number,
  canBudget: boolean
): Thinking => {
  if (info.reasoning === false) return {}
  const claude = generation(model)
  const isAdaptive =
    claude === undefined ? model.includes("claude") || speaksNewest(quirks.anthropicVersion) : claude >= 4.6
  if (isAdaptive) return adaptive(wanted, (claude ?? 0) >= 5)
  const budget = wanted === undefined || wanted === "none" ? 0 : Math.min(budgets[wanted], Math.floor(maxTokens / 2))
  return canBudget && budget >= leastBudget ? { thinking: { type: "enabled", budget_tokens: budget } } : {}
}

const adaptive = (wanted: Effort | undefined, thinksAnyway: boolean): Thinking => {
  if (wanted === undefined) return thinksAnyway ? { thinking: shown } : {}
  if (wanted !== "none") return { thinking: shown, output_config: { effort: wanted } }
  return thinksAnyway ? { thinking: shown, output_config: { effort: "low" } } : {}
}

/**
 * How a Gemini is told how hard to think: a level from Gemini 3 on, tokens before; those before 2.5 do not think.
 * Sources: ai.google.dev/gemini-api/docs/thinking and the models' own pages at docs.cloud.google.com, November 2026.
 */
import type { Effort } from "../model.ts"
import type { DialectOptions } from "./dialect.ts"
import { generationOf } from "./gemini-generation.ts"

export interface ThinkingConfig {
  readonly thinkingLevel?: "MINIMAL" | "LOW" | "MEDIUM" | "HIGH"
  /** Tokens. */
  readonly thinkingBudget?: number
  /** Summaries of the thoughts are told. Refused where there is no thinking. */
  readonly includeThoughts?: true
}

/** Tokens, within the limits of every 2.5: 24,576 at most, and 512 at least for Flash-Lite. */
const budgets: Readonly<Record<Exclude<Effort, "none">, number>> = { low: 2_048, medium: 8_192, high: 24_576 }
const leastBudget = 512
/** What 2.5 Pro takes for "do not think", which it cannot. */
const leastOfPro = 128

export const thinkingOf = (
  { info, model }: DialectOptions,
  wanted: Effort | undefined,
  maxTokens: number | undefined
): { readonly thinkingConfig?: ThinkingConfig } => {
  const generation = generationOf(model)
  if (info.reasoning === false || generation === undefined || generation < 2.5) return {}
  if (generation >= 3) return { thinkingConfig: byLevel(model, generation, wanted) }
  return wanted === undefined && model.includes("lite") ? {} : { thinkingConfig: byBudget(model, wanted, maxTokens) }
}

/** None of them can be told not to think. The least is `MINIMAL`, for Flash before 3.7 and Flash-Lite alone. */
const byLevel = (model: string, generation: number, wanted: Effort | undefined): ThinkingConfig => {
  const includeThoughts = true
  switch (wanted) {
    case undefined:
      return { includeThoughts }
    case "none":
      return { thinkingLevel: model.includes("flash") && generation < 3.7 ? "MINIMAL" : "LOW", includeThoughts }
    case "low":
      return { thinkingLevel: "LOW", includeThoughts }
    case "medium":
      // 3 Pro knows low and high; from 3.1 on all know three.
      return { thinkingLevel: model.includes("pro") && generation === 3 ? "HIGH" : "MEDIUM", includeThoughts }
    case "high":
      return { thinkingLevel: "HIGH", includeThoughts }
  }
}

/** Thoughts count as written tokens: without room for an answer beside them there would be none. */
const byBudget = (model: string, wanted: Effort | undefined, maxTokens = Number.POSITIVE_INFINITY): ThinkingConfig => {
  if (wanted === undefined) return { includeThoughts: true }
  if (wanted === "none") return { thinkingBudget: model.includes("pro") ? leastOfPro : 0 }
  const budget = Math.min(budgets[wanted], Math.floor(maxTokens / 2))
  return { thinkingBudget: Math.max(leastBudget, budget), includeThoughts: true }
}

/**
 * What single models behind Converse take that others refuse, read from their ids: `us.anthropic.claude-sonnet-4-6`,
 * `amazon.nova-lite-v1:0`, or an ARN that ends in one of them. An inference profile of one's own says nothing: it is
 * spoken to as to the plainest model.
 */
import { generation } from "./anthropic-thinking.ts"

export interface ModelAbility {
  /** Where marks for the prompt cache may stand (user guide, "Prompt caching", table of models). */
  readonly caches: { readonly system: boolean; readonly tools: boolean; readonly messages: boolean }
  /** Reads the status of a tool's answer; the others would refuse it (API reference, ToolResultBlock). */
  readonly readsStatus: boolean
}

const nowhere = { system: false, tools: false, messages: false }

export const abilityOf = (model: string): ModelAbility => {
  if (/\bnova-/.test(model)) return { caches: { system: true, tools: false, messages: true }, readsStatus: true }
  const claude = generation(model)
  if (claude === undefined) return { caches: nowhere, readsStatus: false }
  const isCaching = claude >= 3.7 || /claude-3-5-haiku/.test(model)
  return { caches: isCaching ? { system: true, tools: true, messages: true } : nowhere, readsStatus: true }
}

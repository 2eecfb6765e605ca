/** How hard a model should think, as each server of OpenAI's dialects wants to be told. */
import type { Effort } from "../model.ts"
import type { Quirks } from "./dialect.ts"

/** The server's word for an effort; `undefined` when it has none. */
export const effortWord = ({ efforts = {} }: Quirks, wanted: Effort): string | undefined => {
  const word = efforts[wanted]
  return word === undefined ? wanted : (word ?? undefined)
}

/** Fields beyond OpenAI's own, for Chat Completions. */
export const effort = (quirks: Quirks, wanted: Effort | undefined): Readonly<Record<string, unknown>> => {
  const word = wanted === undefined ? undefined : effortWord(quirks, wanted)
  if (word === undefined) return {}
  const thinks = wanted !== "none"
  switch (quirks.effort) {
    case undefined:
      return {}
    case "reasoning_effort":
      return { reasoning_effort: word }
    case "reasoning.effort":
      return { reasoning: { effort: word } }
    case "thinking.type":
      return { thinking: { type: thinks ? "enabled" : "disabled" } }
    case "enable_thinking":
      return { enable_thinking: thinks }
    case "chat_template_kwargs":
      return { chat_template_kwargs: { enable_thinking: thinks } }
  }
}

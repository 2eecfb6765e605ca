/** Which Gemini a model is: its ways of thinking, and what its conversations may hold, follow from that. */

/**
 * 2.5 of `gemini-2.5-flash-lite`, 3 of `gemini-3-pro-preview`; an alias such as `gemini-flash-latest` counts as newer than
 * all that we know. `undefined` for models that are no Gemini.
 */
export const generationOf = (model: string): number | undefined => {
  const [, number] = /gemini-(\d+(?:\.\d+)?)/.exec(model) ?? []
  if (number !== undefined) return Number(number)
  return /gemini-[a-z-]*latest/.test(model) ? Number.POSITIVE_INFINITY : undefined
}

/**
 * From Gemini 3 on a call without its thought signature is refused, calls and answers are matched by id, and answers of
 * tools may hold images.
 * Source: ai.google.dev/gemini-api/docs, "Thought signatures", "Function calling" (multimodal function responses).
 */
export const isGemini3 = (model: string): boolean => (generationOf(model) ?? 0) >= 3

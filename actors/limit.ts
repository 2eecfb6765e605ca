/** Keeps one answer from filling the model's context window. */
import type { Answer } from "../plugins/tool.ts"

/** Cuts the middle out of an answer's text beyond `limit` characters and says so. */
export const limited = (answer: Answer, limit: number): Answer => {
  const text = typeof answer.data === "string" ? answer.data : answer.data === undefined ? "" : JSON.stringify(answer.data)
  if (text.length <= limit) return answer
  const half = Math.floor(limit / 2)
  const left = text.length - 2 * half
  return { ...answer, data: `${text.slice(0, half)}\n[… ${left} characters left out …]\n${text.slice(text.length - half)}` }
}

/** What a tool gave back, made fit for the journal and the model: checked, plain JSON, and not too long. */
import type { Answer } from "../plugins/tool.ts"

/**
 * @param limit Characters of its data that the model reads; the middle of more is cut out, and said so.
 * @throws TypeError when it is not an answer, or holds what JSON cannot say: a bug of the tool.
 */
export const readAnswer = (tool: string, value: unknown, limit: number): Answer => {
  if (!isAnswer(value)) {
    const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value
    throw new TypeError(`${tool} returned ${got}; expected a text or { success, data?, error?, summary? }`)
  }
  const answer = JSON.parse(JSON.stringify(value)) as Answer // what was stringified was one
  const text =
    typeof answer.data === "string" ? answer.data : answer.data === undefined ? "" : JSON.stringify(answer.data)
  return text.length <= limit ? answer : { ...answer, data: cut(text, limit) }
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === "object" && value !== null && "success" in value && typeof value.success === "boolean"

const cut = (text: string, limit: number): string => {
  const half = Math.floor(limit / 2)
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out …]\n${text.slice(text.length - half)}`
}

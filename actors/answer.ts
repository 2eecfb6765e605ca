/** An answer made fit for the journal and the model: plain JSON, not too long, and claiming no more than its tool may. */
import { honest } from "../plugins/outcome.ts"
import type { Answer } from "../plugins/tool.ts"

/**
 * @param limit Characters of its data that the model reads; the middle of more is cut out, and said so.
 * @throws TypeError when it holds what JSON cannot say (a cycle, a BigInt): a bug of the tool.
 */
export const fitted = (given: Answer, limit: number): Answer => {
  return shortened(claimed(JSON.parse(JSON.stringify(given)) as Answer), limit) // JSON of one is one
}

/** With the middle of too much data cut out. */
export const shortened = (answer: Answer, limit: number): Answer => {
  const { data } = answer
  const text = typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data)
  return text.length <= limit ? answer : { ...answer, data: cut(text, limit) }
}

/** A tool may say what it left out. That it was repaired, how well, and what others know of it is not its to say. */
const claimed = ({ outcome: _, seam: __, advice: ___, ...answer }: Answer): Answer => honest(answer)

const cut = (text: string, limit: number): string => {
  const half = Math.floor(limit / 2)
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out …]\n${text.slice(text.length - half)}`
}

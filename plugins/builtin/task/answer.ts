/** What came of a subagent, as an answer. */
import type { AgentResult } from "../../ports.ts"
import type { Answer, ErrorClass } from "../../tool.ts"

const failures: Readonly<Record<Exclude<AgentResult["end"], "replied">, readonly [ErrorClass, string]>> = {
  failed: ["execution_error", "the subagent failed"],
  cancelled: ["cancelled", "the subagent was stopped; its effects may be partial"],
  timed_out: ["execution_error", "the subagent took too long and was stopped; its effects may be partial"],
  interrupted: ["interrupted", "the program ended under the subagent; its effects may be partial"]
}

/** @param description What it worked on, for people. */
export const ended = (description: string, result: AgentResult): Answer => {
  const { end, text, needs = [] } = result
  const data = `${text}\n\n[${spentBy(result)}]`
  // One of them is as good as all: it is what the user is told to allow.
  const missing = needs[0] === undefined ? {} : { needs: needs[0] }
  if (end === "replied") return { success: true, data, summary: `${description}: ${spentBy(result)}`, ...missing }
  const [errorClass, error] = failures[end]
  return { success: false, errorClass, error, data, summary: `${description}: ${error}`, ...missing }
}

const spentBy = ({ session, tokens, cost, needs }: AgentResult): string => {
  const price = cost === undefined ? "" : `, $${cost.toFixed(4)}`
  const refused = needs === undefined ? "" : `; nobody could be asked to permit ${needs.join(", ")}`
  return `subagent session ${session}, ${tokens} tokens${price}${refused}`
}

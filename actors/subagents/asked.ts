/** What a subagent is asked, checked and filled in. */
import { type AgentTask, PortError, type TaskAgent } from "../../plugins/ports.ts"

export interface Asked {
  readonly prompt: string
  /** One line, for people; it begins with the name of the agent that it is given to. */
  readonly description: string
  /** Absent: it is given to no particular one. */
  readonly agent: TaskAgent | undefined
  /** Absent: that of the session it works for. */
  readonly model: string | undefined
  /** Absent: all that it may have. */
  readonly tools: ReadonlyArray<string> | undefined
  /** Milliseconds until it is stopped. */
  readonly time: number
  readonly maxTurns: number
}

/** Seconds, and rounds. */
const usual = { timeout: 600, maxTurns: 30 }
const most = { timeout: 24 * 60 * 60, maxTurns: 1000 }

/** Characters. */
const descriptionLength = 100

const refuse = (field: string, expected: string): never => {
  throw new PortError("invalid_arguments", `${field} must be ${expected}`)
}

/** @param known Names of the tools that there are. @throws PortError naming the field and what was expected. */
export const checked = (task: AgentTask, known: Iterable<string>): Asked => {
  const { prompt, description = "", model, agent, tools, timeout = usual.timeout, maxTurns = usual.maxTurns } = task
  if (typeof prompt !== "string" || prompt.trim() === "") refuse("prompt", "a text that says all there is to know")
  if (!(timeout > 0 && timeout <= most.timeout)) refuse("timeout", `seconds, at most ${most.timeout}`)
  if (!(Number.isSafeInteger(maxTurns) && maxTurns > 0 && maxTurns <= most.maxTurns))
    refuse("maxTurns", `a whole number from 1 to ${most.maxTurns}`)
  const names = [...known]
  const unknown = tools?.find((tool) => !names.includes(tool))
  if (unknown !== undefined) refuse("tools", `some of ${names.join(", ")}; there is no ${JSON.stringify(unknown)}`)
  const about = description.trim() === "" ? prompt : description
  return {
    prompt,
    description: oneLine(agent === undefined ? about : `${agent.name}: ${about}`),
    agent,
    model,
    tools,
    time: timeout * 1000,
    maxTurns
  }
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length <= descriptionLength ? line : `${line.slice(0, descriptionLength - 1).trimEnd()}…`
}

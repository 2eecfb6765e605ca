/** The part that a subagent plays: what it is told of it, and what it leaves of the tools. */
import { agentTools } from "../../plugins/builtin/task.ts"
import type { Narrowing } from "../../plugins/permission.ts"
import { namesTool, readRule } from "../../plugins/permission/rule.ts"
import type { TaskAgent } from "../../plugins/ports.ts"
import type { Asked } from "./asked.ts"

/** For its system prompt. */
export const partOf = ({ name, instructions }: TaskAgent): string =>
  `You are the agent ${JSON.stringify(name)}. What you were written for:\n\n${instructions}`

/** It holds for whoever works for that one as well. */
export const narrowingOf = (agent: TaskAgent | undefined): ReadonlyArray<Narrowing> => {
  const { name: by = "", tools, withheld = [] } = agent ?? {}
  if (tools === undefined && withheld.length === 0) return []
  return [{ by, kind: "agent", rules: tools ?? ["*"], withheld }]
}

/**
 * The tools that it has: those that its part and its task both name, by rule and by name. One that names none of those there are has
 * what any subagent has; of that its rules let it use nothing but what reads.
 *
 * @param mayStart Whether it may have the tools that start others, when it is given them by name.
 */
export const usable = (
  { agent, tools }: Pick<Asked, "agent" | "tools">,
  known: ReadonlyArray<string>,
  mayStart: boolean
): ((tool: string) => boolean) => {
  const named = namedBy(agent?.tools ?? [])
  const isNarrow = known.some(named)
  const taken = namedBy((agent?.withheld ?? []).filter((rule) => readRule(rule).pattern === undefined))
  const starts = mayStart && (tools !== undefined || isNarrow)
  return (tool) =>
    (tools === undefined || tools.includes(tool)) &&
    (!isNarrow || named(tool)) &&
    !taken(tool) &&
    (starts || !agentTools.includes(tool))
}

const namedBy = (rules: ReadonlyArray<string>): ((tool: string) => boolean) => {
  const read = rules.map(readRule)
  return (tool) => read.some((rule) => namesTool(rule, tool))
}

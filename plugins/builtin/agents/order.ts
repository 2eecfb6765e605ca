/** What a task for an agent is, made from its file: for the tool `task`, and for skills that ask for one. */
import type { AgentFile, AgentFiles } from "../../agent-files.ts"
import type { AgentTask } from "../../ports.ts"
import { skillText } from "../../skill-text.ts"
import type { Skills } from "../../skills.ts"
import { type Answer, refuse } from "../../tool.ts"
import { agentModel, agentNamed, foreignAgent, noAgent, usableAgents } from "./find.ts"
import { findSkill } from "../skills/find.ts"

export interface AgentOrderParts {
  readonly agents: AgentFiles
  /** Those that an agent may be told beforehand; absent: none. */
  readonly skills?: Skills | undefined
}

export interface AgentOrder {
  /** Goes into the task; what the caller says of model and rounds goes before. */
  readonly task: Pick<AgentTask, "agent" | "model" | "maxTurns">
  /** It is meant to work in the background. */
  readonly background: boolean
  /** What is not as its file says, for the user; a line each. */
  readonly notices: ReadonlyArray<string>
}

/** @returns an answer that names the nearest where there is none. */
export const agentOrder = async (parts: AgentOrderParts, name: string): Promise<AgentOrder | Answer> => {
  const { agents } = parts
  const file = await agentNamed(agents, name)
  if (file !== undefined) return orderOf(parts, file)
  const foreign = foreignAgent(name)
  if (foreign === undefined) return noAgent(agents, name, usableAgents(await agents.all()))
  return { task: foreign === "any" ? {} : { agent: foreign }, background: false, notices: [] }
}

export const isOrder = (order: AgentOrder | Answer): order is AgentOrder => "task" in order

const orderOf = async ({ agents, skills }: AgentOrderParts, file: AgentFile): Promise<AgentOrder | Answer> => {
  const told = await agents.instructions(file)
  if ("problem" in told) return refuse("execution_error", told.problem)
  const { name, tools, withheld, permissionMode, maxTurns } = file
  const model = agentModel(file)
  const texts = await Promise.all(file.skills.map((skill) => beforehand(skills, skill)))
  const missing = texts.flatMap((text) => ("problem" in text ? [text.problem] : []))
  const instructions = [told.text, ...texts.flatMap((text) => ("text" in text ? [text.text] : []))].join("\n\n")
  const agent = {
    name,
    instructions,
    withheld,
    ...(tools !== undefined && { tools }),
    ...(permissionMode !== undefined && { permissionMode })
  }
  return {
    task: { agent, ...(model !== undefined && { model }), ...(maxTurns !== undefined && { maxTurns }) },
    background: file.background,
    notices: [
      ...missing.map((problem) => `agent ${name}: ${problem}`),
      ...(file.model !== undefined && model === undefined
        ? [
            `agent ${name} asks for the model ${file.model}, which is none of ours (provider/model): it has the session's`
          ]
        : [])
    ]
  }
}

/** What a skill permits belongs to whoever follows it: an agent has tools of its own. */
const beforehand = async (
  skills: Skills | undefined,
  name: string
): Promise<{ readonly text: string } | { readonly problem: string }> => {
  const all = skills === undefined ? [] : (await skills.all()).skills
  const skill = findSkill(
    all.filter(({ trusted, forModels }) => trusted && forModels),
    name
  )
  if (skills === undefined || skill === undefined)
    return { problem: `there is no skill ${JSON.stringify(name)} for it` }
  const read = await skills.read(skill)
  if (typeof read === "string") return { problem: read }
  const { allowed: _, withheld: __, ...unlimited } = read.skill
  return { text: skillText({ ...read, skill: unlimited }) }
}

/** A skill begins to be followed: in the conversation, or by an agent of its own. */
import { PortError } from "../ports.ts"
import { skillText } from "../skill-text.ts"
import type { SkillText, SkillView } from "../skills.ts"
import type { Answer, ToolContext } from "../tool.ts"
import { modelOf } from "./skills-find.ts"
import { ended } from "./task.ts"

/** @param apart It asks for an agent of its own. */
export const followed = async (text: SkillText, apart: boolean, context: ToolContext): Promise<Answer> => {
  const { skill } = text
  if (!apart) return inConversation(text)
  const model = modelOf(skill)
  const prompt = `${skillText(text)}\n\n${errand(skill)}`
  try {
    const task = { prompt, description: `skill ${skill.name}`, ...(model !== undefined && { model }) }
    return ended(task.description, await context.agents.run(task, { signal: context.signal }))
  } catch (error) {
    // An agent that may start none follows it itself.
    if (error instanceof PortError && error.kind === "permission_denied") return inConversation(text)
    throw error
  }
}

const errand = ({ agent }: SkillView): string =>
  [
    "Do now what this skill says, on what it was given. Your last message is handed back as its result.",
    ...(agent === undefined ? [] : [`It is written for an agent called ${JSON.stringify(agent)}.`])
  ].join(" ")

const inConversation = (text: SkillText): Answer => ({
  success: true,
  data: skillText(text),
  summary: summaryOf(text.skill)
})

const summaryOf = ({ name, hooks, allowed }: SkillView): string => {
  const limits = allowed === undefined ? "" : `; permits ${allowed.join(", ") || "nothing but reading"} in this turn`
  return `follows skill ${name}${limits}${hooks.length === 0 ? "" : `; its hooks (${hooks.join(", ")}) are not run`}`
}

/** A skill begins to be followed: in the conversation, or by an agent of its own. */
import { PortError } from "../ports.ts"
import { pointerText, skillText } from "../skill-text.ts"
import type { SkillText, SkillView } from "../skills.ts"
import type { Answer, ToolContext } from "../tool.ts"
import type { SkillActivations } from "./skills-activations.ts"
import { modelOf } from "./skills-find.ts"
import { ended } from "./task.ts"

export interface Use {
  readonly text: SkillText
  readonly activations: SkillActivations
  /** It asks for an agent of its own. */
  readonly apart: boolean
}

export const followed = async (use: Use, context: ToolContext): Promise<Answer> => {
  const { skill } = use.text
  if (!use.apart) return inConversation(use, context.session)
  const model = modelOf(skill)
  const prompt = `${skillText(use.text)}\n\n${errand(skill)}`
  try {
    const task = { prompt, description: `skill ${skill.name}`, ...(model !== undefined && { model }) }
    return ended(task.description, await context.agents.run(task, { signal: context.signal }))
  } catch (error) {
    // An agent that may start none follows it itself.
    if (error instanceof PortError && error.kind === "permission_denied") return inConversation(use, context.session)
    throw error
  }
}

const errand = ({ agent }: SkillView): string =>
  [
    "Do now what this skill says, on what it was given. Your last message is handed back as its result.",
    ...(agent === undefined ? [] : [`It is written for an agent called ${JSON.stringify(agent)}.`])
  ].join(" ")

const inConversation = ({ text, activations }: Use, session: string): Answer => {
  const { skill } = text
  const words = skillText(text)
  const isRepeated = activations.isRepeated(session, skill.command, words)
  return { success: true, data: isRepeated ? pointerText(skill) : words, summary: summaryOf(skill) }
}

const summaryOf = ({ name, hooks, allowed }: SkillView): string => {
  const limits = allowed === undefined ? "" : `; permits ${allowed.join(", ") || "nothing but reading"} in this turn`
  return `follows skill ${name}${limits}${hooks.length === 0 ? "" : `; its hooks (${hooks.join(", ")}) are not run`}`
}

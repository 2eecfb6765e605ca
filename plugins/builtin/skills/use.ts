/** A skill begins to be followed: in the conversation, or by an agent of its own. */
import type { AgentFiles } from "../../agent-files.ts"
import type { CommandHook, CommandHooks } from "../../command-hooks.ts"
import { type AgentTask, PortError } from "../../ports.ts"
import { skillText } from "../../skill-text.ts"
import type { Skills, SkillText, SkillView } from "../../skills.ts"
import { type Answer, refuse, type ToolContext } from "../../tool.ts"
import { type AgentOrder, agentOrder, isOrder } from "../agents/order.ts"
import { isForked, modelOf } from "./find.ts"
import { agreedKey, allHooks, commandOf, occasionOf, type Wants } from "./wants.ts"
import { ended } from "../task/answer.ts"

export interface FollowParts {
  readonly skills: Skills
  /** Absent: hooks of skills are not run. */
  readonly hooks?: (() => CommandHooks) | undefined
  /** Agents that people have written down; absent: there are none. */
  readonly agents?: (() => AgentFiles) | undefined
}

/**
 * The hooks of a skill begin to hold. Those that guard have been permitted with its commands; about others the user is asked here, the
 * first time in a session, and without a yes the skill goes on without them.
 *
 * @returns what does not hold, for the summary.
 */
export const beginHooks = async (
  { skill }: SkillText,
  wants: Wants,
  { hooks }: FollowParts,
  { session, store, ask }: Pick<ToolContext, "session" | "store" | "ask">
): Promise<string> => {
  const all = allHooks(wants)
  if (all.length === 0 || hooks === undefined) return skill.hooks.length === 0 ? "" : notRun(skill)
  const isAgreed = wants.hooksAgreed || wants.otherHooks.length === 0 || (await agreed(skill, wants.otherHooks, ask))
  if (isAgreed) await store.session.set(agreedKey(all), true)
  const held = isAgreed ? all : wants.guards
  if (held.length > 0) hooks().follow(session, held)
  return isAgreed ? "" : notRun(skill)
}

const notRun = ({ hooks }: SkillView): string => `; its hooks (${hooks.join(", ")}) are not run`

const agreed = async (
  { name }: SkillView,
  hooks: ReadonlyArray<CommandHook>,
  ask: ToolContext["ask"]
): Promise<boolean> => {
  const lines = hooks.map((hook) => `${occasionOf(hook)}: ${commandOf(hook)}`)
  const message = ["It brings hooks: commands that run while it is followed. May they?", ...lines].join("\n")
  return (await ask({ from: `skill ${name}`, message })).action === "accept"
}

/** @param text As it is read at last. @param unheld What is said of hooks that do not hold. */
export const followed = async (
  text: SkillText,
  unheld: string,
  parts: FollowParts,
  context: ToolContext
): Promise<Answer> => {
  const { skill } = text
  if (!isForked(skill)) return inConversation(text, unheld)
  const order = await orderFor(skill, parts)
  const description = `skill ${skill.name}`
  const prompt = `${skillText(text)}\n\n${errand(skill, order !== undefined)}`
  const model = modelOf(skill)
  const task: AgentTask = { ...order?.task, ...(model !== undefined && { model }), prompt, description }
  try {
    const answer = ended(description, await context.agents.run(task, { signal: context.signal }))
    const notices = order?.notices.map((notice) => `; ${notice}`).join("") ?? ""
    return {
      ...answer,
      summary: `${answer.summary ?? ""}${unheld}${notices}${unknownAgent(skill, order !== undefined)}`
    }
  } catch (error) {
    // An agent that may start none follows it itself.
    if (error instanceof PortError && error.kind === "permission_denied") return inConversation(text, unheld)
    throw error
  }
}

/** The agent whose part it asks for; absent where it asks for none, or for one that is not there. */
export const orderFor = async (
  { fork, agent }: SkillView,
  { agents, skills }: Pick<FollowParts, "agents" | "skills">
): Promise<AgentOrder | undefined> => {
  if (agent === undefined || !fork || agents === undefined) return undefined
  const order = await agentOrder({ agents: agents(), skills }, agent)
  return isOrder(order) ? order : undefined
}

const unknownAgent = ({ agent }: SkillView, isKnown: boolean): string =>
  agent === undefined || isKnown ? "" : `; there is no agent ${JSON.stringify(agent)}, so any did it`

const errand = ({ agent }: SkillView, isKnown: boolean): string =>
  [
    "Do now what this skill says, on what it was given. Your last message is handed back as its result.",
    ...(agent === undefined || isKnown ? [] : [`It is written for an agent called ${JSON.stringify(agent)}.`])
  ].join(" ")

const inConversation = (text: SkillText, unheld: string): Answer => ({
  success: true,
  data: skillText(text),
  summary: summaryOf(text.skill) + unheld
})

const summaryOf = ({ name, allowed, withheld }: SkillView): string => {
  const limits = allowed === undefined ? "" : `; permits ${allowed.join(", ") || "nothing but reading"} in this turn`
  return `follows skill ${name}${limits}${withheld === undefined ? "" : `; takes away ${withheld.join(", ")} in this turn`}`
}

/** What cannot be followed, as an answer. */
export const notFollowed = ({ name }: SkillView, reason: string): Answer =>
  refuse("skill_workflow_error", `skill ${name} cannot be followed: ${reason}`)

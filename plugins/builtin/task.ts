/**
 * Agents below this one: a task that is waited for, or one in the background whose result comes as a message; given to an agent that
 * somebody has written down, where there are such.
 */
import { type AgentFileSet, noAgentFiles } from "../agent-files.ts"
import type { Plugin } from "../plugin.ts"
import { agentsCommand } from "./agents/command.ts"
import { backgroundTools } from "./task/background.ts"
import { taskTool, type TaskParts } from "./task/tool.ts"

export type { TaskParts } from "./task/tool.ts"

const plainTask = taskTool()

/** Tools by which an agent starts and watches others. */
export const agentTools: ReadonlyArray<string> = [plainTask, ...backgroundTools].map(({ name }) => name)

const name = "task"
const description = "Subagents: tasks for agents of their own, waited for or in the background."

/** @param parts Absent: there are no agents that somebody has written down. */
export const taskPlugin = (parts?: TaskParts): Plugin => {
  const commands = [agentsCommand(undefined)]
  return parts === undefined
    ? {
        name,
        description,
        tools: [plainTask, ...backgroundTools],
        live: { commands: () => commands, follow: () => () => {} }
      }
    : pluginOf(parts)
}

const pluginOf = ({ agents: files, skills, warn = () => {} }: TaskParts): Plugin => {
  const listeners = new Set<() => void>()
  /** Told once each. */
  const told = new Set<string>()
  const tell = (session: string, notice: string): void => {
    if (told.has(notice)) return
    told.add(notice)
    warn(session, notice)
  }
  const looking = async (look: () => Promise<AgentFileSet>): Promise<AgentFileSet> => {
    const before = files.known()
    const set = await look()
    if (files.known() !== before) for (const changed of listeners) changed()
    return set
  }
  const agents = { ...files, all: () => looking(files.all), again: () => looking(files.again) }
  const commands = [agentsCommand(agents)]
  let made: { readonly set: AgentFileSet; readonly tools: NonNullable<Plugin["tools"]> } | undefined

  return {
    name,
    description,
    get tools() {
      const set = files.known() ?? noAgentFiles
      if (made?.set === set) return made.tools
      const tools = [taskTool({ agents, ...(skills !== undefined && { skills }), warn: tell }), ...backgroundTools]
      made = { set, tools }
      return tools
    },
    live: {
      commands: () => commands,
      follow: (changed) => {
        listeners.add(changed)
        return () => void listeners.delete(changed)
      }
    },
    start: async () => void (await agents.all()),
    systemPrompt: async ({ session }) => {
      for (const notice of noticesOf(await agents.all())) tell(session, notice)
    }
  }
}

/** How many are named. */
const most = 10

const noticesOf = ({ agents, broken }: AgentFileSet): ReadonlyArray<string> => {
  const untrusted = agents.filter(({ trusted }) => !trusted).map((one) => one.name)
  const names = [...untrusted.slice(0, most), ...(untrusted.length > most ? [`${untrusted.length - most} more`] : [])]
  const count = broken.length === 1 ? "an agent" : `${broken.length} agents`
  return [
    ...(names.length === 0
      ? []
      : [`this folder is not trusted, so its agents are not used: ${names.join(", ")}; see kintsugi trust`]),
    ...(broken.length === 0 ? [] : [`${count} could not be loaded; see kintsugi agents list`])
  ]
}

/** `/agents`: which there are, which work in the background, and what stops one of those. */
import type { AgentFile, AgentFiles, AgentFileSet } from "../../agent-files.ts"
import type { CommandContext, PluginCommand } from "../../extensions.ts"
import { type BackgroundView, PortError } from "../../ports.ts"
import { agentModel } from "./find.ts"

/** @param agents Absent: none are looked for. */
export const agentsCommand = (agents: AgentFiles | undefined): PluginCommand => ({
  name: "agents",
  description: "Agents: which there are, which work in the background; stop one of these",
  argument: "[stop ID]",
  run: async (given, context) => {
    const [verb = "", id = "", ...more] = given.trim().split(/\s+/)
    if (verb === "stop" && id !== "" && more.length === 0) return { show: await stopped(id, context) }
    if (verb !== "") return { show: "`/agents` shows them, `/agents stop ID` stops one that works in the background." }
    return { show: [await overview(agents), await running(context)].filter((text) => text !== "").join("\n\n") }
  }
})

const stopped = async (id: string, { agents }: CommandContext): Promise<string> => {
  try {
    const before = (await agents.list()).find((view) => view.id === id)?.state
    const { description, state } = await agents.stop(id)
    const was = before === "running" ? "stopped" : `was over before: ${state.replace("_", " ")}`
    return `${plain(id)} (${plain(description)}) ${was}.`
  } catch (error) {
    if (error instanceof PortError) return plain(error.message)
    throw error
  }
}

const running = async ({ agents }: CommandContext): Promise<string> => {
  const views = await agents.list().catch((error: unknown): ReadonlyArray<BackgroundView> => {
    // While the session is begun anew nobody can be asked.
    if (error instanceof PortError) return []
    throw error
  })
  const lines = views.flatMap(({ id, description, state, startedAt }) =>
    state === "running"
      ? [`- ${plain(id)} ${plain(description)}, ${Math.round((Date.now() - startedAt) / 1000)} s`]
      : []
  )
  return lines.length === 0 ? "" : ["In the background:", ...lines, "", "`/agents stop ID` stops one."].join("\n")
}

const none =
  "No agents. One is a Markdown file in `.claude/agents/` or `.kintsugi/agents/` of the project, or in those folders of your own."

const overview = async (agents: AgentFiles | undefined): Promise<string> => {
  const set = await agents?.again()
  if (set === undefined || set.agents.length + set.broken.length + set.notices.length === 0) return none
  return textOf(set)
}

const textOf = ({ agents, shadowed, broken, notices }: AgentFileSet): string => {
  const hidden = shadowed.map(({ agent, by }) => `- ${plain(agent.path)}: hidden by ${plain(by.path)}`)
  const failed = broken.map(({ path, reason }) => `- ${plain(path)}: ${plain(reason)}`)
  return [
    ...agents.map(line),
    ...(hidden.length === 0 ? [] : ["", "Hidden by another of the same name:", ...hidden]),
    ...(failed.length === 0 ? [] : ["", "Could not be loaded:", ...failed]),
    ...notices.map(plain)
  ].join("\n")
}

const line = (agent: AgentFile): string => {
  const { name, description, source, trusted, tools, withheld, model, background, permissionMode, warnings } = agent
  const facts = [
    source,
    trusted ? "" : "not trusted, so it is not used; see `kintsugi trust`",
    tools === undefined ? "" : plain(tools.join(", ") || "only reads"),
    withheld.length === 0 ? "" : `without ${plain(withheld.join(", "))}`,
    model === undefined ? "" : plain(agentModel(agent) ?? `${model}: the session's own model`),
    permissionMode === undefined ? "" : permissionMode === "plan" ? "only reads" : "nobody is asked",
    background ? "in the background" : "",
    ...warnings.map(plain)
  ]
  return `- **${plain(name)}** ${facts.filter(Boolean).join(" · ")}\n  ${plain(shortened(description))}`
}

const shortened = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199).trimEnd()}…`)

/** A stranger's text, without what Markdown would make of it. */
const plain = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/[`*~<[\]\\]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")

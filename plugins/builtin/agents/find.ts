/** Which agent somebody means, and what is said where there is none. */
import type { AgentFile, AgentFiles, AgentFileSet } from "../../agent-files.ts"
import type { TaskAgent } from "../../ports.ts"
import { type Answer, refuse } from "../../tool.ts"
import { similar } from "../similar.ts"

/** Those that tasks may be given to. */
export const usableAgents = ({ agents }: Pick<AgentFileSet, "agents">): ReadonlyArray<AgentFile> =>
  agents.filter(({ trusted }) => trusted)

/** By its name, whatever the case; a plugin's by its own name alone, where only one is called so. */
export const findAgent = (agents: ReadonlyArray<AgentFile>, asked: string): AgentFile | undefined => {
  // `@agent-name` is how users of Claude Code mention one.
  const wanted = asked
    .trim()
    .replace(/^@(?:agent-)?/, "")
    .toLowerCase()
  const found = agents.find(({ name }) => name === asked) ?? agents.find(({ name }) => name.toLowerCase() === wanted)
  if (found !== undefined) return found
  const [one, other] = agents.filter(({ name }) => name.toLowerCase().endsWith(`:${wanted}`))
  return other === undefined ? one : undefined
}

/** It may have been written since they were looked for. */
export const agentNamed = async (files: AgentFiles, asked: string): Promise<AgentFile | undefined> =>
  findAgent(usableAgents(await files.all()), asked) ?? findAgent(usableAgents(await files.again()), asked)

/** Model that its file asks for; an alias of other agents means nothing here. */
export const agentModel = ({ model = "" }: Pick<AgentFile, "model">): string | undefined =>
  model.includes("/") ? model : undefined

const looking = "Look and report what you find and where; change nothing."
const reading = ["read_file", "list_files", "glob", "grep", "web_fetch", "web_search", "read_page"]

/** Those that come with Claude Code, and are asked for by what was written for it; a file of such a name counts instead. */
const foreign: Readonly<Record<string, TaskAgent | "any">> = {
  "general-purpose": "any",
  explore: { name: "Explore", instructions: looking, tools: reading },
  plan: { name: "Plan", instructions: `${looking} Then say step by step what is to be done.`, tools: reading }
}

/** any: a subagent without a part to play. */
export const foreignAgent = (asked: string): TaskAgent | "any" | undefined => {
  const name = asked.trim().toLowerCase()
  return Object.hasOwn(foreign, name) ? foreign[name] : undefined
}

/** Names that are told where none is found. */
const most = 20

/** It names those that are meant most likely. */
export const noAgent = (files: AgentFiles, asked: string, there: ReadonlyArray<AgentFile>): Answer => {
  const name = JSON.stringify(asked.slice(0, 200))
  if (there.length === 0)
    return refuse("not_found", `there is no agent ${name}, and no other; leave the agent out to give the task to any`)
  const names = there.map((one) => one.name)
  const near = new Set([...similar(asked, names, 3), ...files.search(asked, there).map((one) => one.name)])
  const told = [...(near.size > 0 ? near : names)].slice(0, most)
  return refuse(
    "not_found",
    `there is no agent ${name}; ${near.size > 0 ? "the nearest are" : "there are"}: ${told.join(", ")}`
  )
}

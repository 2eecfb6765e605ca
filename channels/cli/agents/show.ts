/** `kintsugi agents show`: all there is to know of one agent, its words included. */
import type { AgentFile } from "../../../plugins/agent-files.ts"
import { agentModel } from "../../../plugins/builtin/agents/find.ts"
import { CliError, type Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { agentsAround, namedAgent } from "./around.ts"

export const showAgent = async (io: Io, name: string, { json }: { readonly json?: true }): Promise<void> => {
  const around = await agentsAround(io)
  const agent = namedAgent(around, name)
  const told = await around.files.instructions(agent)
  if ("problem" in told && agent.trusted) throw new CliError(1, printable(told.problem))
  if ("problem" in told) io.stderr.write(`${printable(told.problem)}\n`)
  const instructions = "text" in told ? told.text : ""
  if (json) return void io.stdout.write(`${JSON.stringify(rowOf(agent, instructions), null, 2)}\n`)
  for (const line of facts(agent)) io.stdout.write(`${printable(line)}\n`)
  io.stdout.write(`\n${printable(instructions)}\n`)
}

const rowOf = (
  { name, description, path, source, trusted, tools, withheld, model, maxTurns, permissionMode, ...agent }: AgentFile,
  instructions: string
) => ({
  name,
  description,
  path,
  source,
  trusted,
  ...(tools !== undefined && { tools }),
  withheld,
  ...(model !== undefined && { model }),
  ...(maxTurns !== undefined && { max_turns: maxTurns }),
  ...(permissionMode !== undefined && { permission_mode: permissionMode }),
  skills: agent.skills,
  background: agent.background,
  warnings: agent.warnings,
  instructions
})

const modes = { plan: "only reads", dontAsk: "what would be asked is refused" } as const

const facts = (agent: AgentFile): ReadonlyArray<string> => {
  const { name, description, path, source, trusted, tools, withheld, maxTurns, permissionMode, skills } = agent
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["from", `${source}${trusted ? "" : ", not trusted, so it is not used"}: ${path}`],
    ["may use", tools === undefined ? "what any subagent may" : tools.join(", ") || "nothing but what reads"],
    ["may not use", withheld.join(", ")],
    ["model", modelLine(agent)],
    ["rounds", maxTurns === undefined ? "" : String(maxTurns)],
    ["permissions", permissionMode === undefined ? "" : modes[permissionMode]],
    ["knows the skills", skills.join(", ")],
    ["works", agent.background ? "in the background" : ""]
  ]
  return [
    `${name}: ${oneLine(description, 2000)}`,
    ...rows.filter(([, value]) => value !== "").map(([key, value]) => `${key}: ${oneLine(value, 2000)}`),
    ...agent.warnings.map((warning) => `warning: ${oneLine(warning, 300)}`)
  ]
}

const modelLine = (agent: AgentFile): string => {
  const { model } = agent
  if (model === undefined) return ""
  return agentModel(agent) === undefined
    ? `the session's own: ${model} is none of ours (provider/model)`
    : `${model}, once you have agreed`
}

/** The agents around a folder, as every command about them sees them; no session and no plugin is begun. */
import { basename } from "node:path"
import { loadConfig } from "../../../actors/config.ts"
import { folders, homeOf } from "../../../actors/folders.ts"
import { ownAgents } from "../../../actors/own-agents.ts"
import type { AgentFile, AgentFiles, AgentFileSet } from "../../../plugins/agent-files.ts"
import { findAgent } from "../../../plugins/builtin/agents-find.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"

export interface Around {
  readonly files: AgentFiles
  readonly set: AgentFileSet
}

export const agentsAround = async (io: Io): Promise<Around> => {
  const { cwd } = io
  const home = homeOf(io.env)
  const { settings, env, trusted, notices } = await loadConfig({ cwd, env: io.env, home })
  for (const notice of notices) io.stderr.write(`${printable(notice)}\n`)
  const { config } = folders({ env: io.env, home })
  const files = ownAgents({ cwd, env, settings, discover: { config, trusted } })
  return { files, set: await files.all() }
}

/** @throws CliError naming those that there are. */
export const namedAgent = ({ set: { agents, broken } }: Around, name: string): AgentFile => {
  const found = findAgent(agents, name)
  if (found !== undefined) return found
  const failed = broken.find(({ path }) => basename(path).replace(/\.md$/i, "") === name)
  if (failed !== undefined) throw new CliError(2, printable(`${failed.path} could not be loaded: ${failed.reason}`))
  const names = agents.map((agent) => agent.name)
  const there = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`
  throw new CliError(2, printable(`there is no agent ${JSON.stringify(name)}; ${there}`))
}

/** The agents around a folder, as every command about them sees them. */
import { basename } from "node:path"
import { ownAgents } from "../../../actors/own-agents.ts"
import type { AgentFile, AgentFiles, AgentFileSet } from "../../../plugins/agent-files.ts"
import { findAgent } from "../../../plugins/builtin/agents/find.ts"
import { lookAround, notFound } from "../around.ts"
import type { Io } from "../io.ts"

export interface Around {
  readonly files: AgentFiles
  readonly set: AgentFileSet
}

export const agentsAround = async (io: Io): Promise<Around> => {
  const files = ownAgents(await lookAround(io))
  return { files, set: await files.all() }
}

/** @throws CliError naming those that there are. */
export const namedAgent = ({ set: { agents, broken } }: Around, name: string): AgentFile => {
  const found = findAgent(agents, name)
  if (found !== undefined) return found
  const failed = broken.find(({ path }) => basename(path).replace(/\.md$/i, "") === name)
  throw notFound({ kind: "agent", name, failed, there: agents })
}

/** Agents as files: what stands behind the port plugins/agent-files.ts. */
import type { AgentFile, AgentFiles, AgentFileSet } from "../../plugins/agent-files.ts"
import { beginning } from "../../plugins/ports/text-file.ts"
import { catalogueOf } from "../catalogue.ts"
import { searchNamed } from "../search.ts"
import { readSkillFile } from "../skill-file.ts"
import { discoverAgents, isAmongAgents, type Memory } from "./discover.ts"
import { readAgent } from "./read-agent.ts"
import type { AgentRoot } from "./roots.ts"

/** Characters of a text that a model is given, about 25 000 tokens. */
const longest = 100_000

/** Characters of all that a tool's description says of agents, about 1 500 tokens. */
const mostTold = 6_000

/**
 * No file is read before somebody asks.
 *
 * @param rootsNow Asked at each look: plugins come and go.
 */
export const openAgentFiles = (rootsNow: () => ReadonlyArray<AgentRoot>): AgentFiles => {
  let roots: ReadonlyArray<AgentRoot> = []
  const memory: Memory = new Map()
  let last: AgentFileSet | undefined
  let looking: Promise<AgentFileSet> | undefined
  const again = (): Promise<AgentFileSet> => {
    roots = rootsNow()
    looking = discoverAgents(roots, memory).then((set) => (last = set))
    return looking
  }
  return {
    all: () => looking ?? again(),
    again,
    known: () => last,
    instructions: async (agent) => toldTo(agent, roots),
    catalogue: (agents) => catalogueOf(agents, mostTold),
    search: searchNamed
  }
}

const toldTo = (
  { path, source, trusted }: AgentFile,
  roots: ReadonlyArray<AgentRoot>
): { readonly text: string } | { readonly problem: string } => {
  if (!trusted)
    return { problem: `${path} cannot be used: its folder is not trusted; the user may run \`kintsugi trust\` there` }
  const root = roots.find((one) => one.source === source && (path === one.folder || path.startsWith(`${one.folder}/`)))
  const file = readSkillFile({ path, within: root?.within, akin: isAmongAgents, whole: true })
  const read = file === undefined || typeof file === "string" ? file : readAgent(file.text, path)
  if (read === undefined || typeof read === "string")
    return { problem: `${path} cannot be used: ${read ?? "it cannot be read"}` }
  const folder = root?.plugin?.folder
  const body = folder === undefined ? read.body : read.body.replaceAll("${CLAUDE_PLUGIN_ROOT}", () => folder)
  return { text: (body.length > longest ? beginning(body, longest) : body).trim() }
}

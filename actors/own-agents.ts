/** The agents of a runtime that are written down as files: looked for, with the code that does so, when somebody asks for them first. */
import { existsSync } from "node:fs"
import { type AgentFiles, type AgentFileSet, noAgentFiles } from "../plugins/agent-files.ts"
import { type AgentRoot, agentRoots } from "../skills/agents/roots.ts"
import { nearPlaces, type SkillsOf } from "./own-skills.ts"
import { partedPlugins } from "./plugin/parts.ts"

/** @param parts As for skills; without `discover` there are none. */
export const ownAgents = (parts: SkillsOf): AgentFiles => {
  let loading: Promise<AgentFiles> | undefined
  let loaded: AgentFiles | undefined
  const isAny = (): boolean => rootsOf(parts).some(({ folder }) => existsSync(folder))
  const load = (): Promise<AgentFiles> =>
    (loading ??= import("../skills/agents/agents.ts").then(
      ({ openAgentFiles }) => (loaded = openAgentFiles(() => rootsOf(parts)))
    ))
  /** A folder that is made later is found later. */
  const looking = async (look: (files: AgentFiles) => Promise<AgentFileSet>): Promise<AgentFileSet> =>
    loading === undefined && !isAny() ? noAgentFiles : look(await load())
  const now = (): AgentFiles => {
    if (loaded === undefined) throw new Error("agents are looked for before anything is done with them")
    return loaded
  }
  return {
    all: () => looking((files) => files.all()),
    again: () => looking((files) => files.again()),
    known: () => loaded?.known(),
    instructions: async (agent) => (await load()).instructions(agent),
    catalogue: (agents) => now().catalogue(agents),
    search: (query, among) => now().search(query, among)
  }
}

const rootsOf = (parts: SkillsOf): ReadonlyArray<AgentRoot> =>
  agentRoots({
    ...nearPlaces(parts),
    plugins: partedPlugins(parts).map(({ name, folder, parts: { agents } }) => ({ name, folder, agents }))
  })

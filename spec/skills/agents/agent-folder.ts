/** A folder for specs of agents: a home, a project and a configuration, filled with files. */
import { type AgentPlaces, agentRoots } from "../../../skills/agents/roots.ts"
import { openAgentFiles } from "../../../skills/agents/agents.ts"
import { skillFolder } from "../skill-folder.ts"

export const agentFolder = () => {
  const { open: _, ...folder } = skillFolder()
  const { at } = folder
  return {
    ...folder,
    open: (places: Partial<AgentPlaces> = {}) =>
      openAgentFiles(() =>
        agentRoots({
          cwd: at("project"),
          home: at("home"),
          config: at("home/.config/kintsugi"),
          trusted: true,
          user: true,
          ...places
        })
      )
  }
}

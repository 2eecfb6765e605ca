/** Where agents are looked for, in the order in which they count. */
import { near, type NearPlaces } from "../roots.ts"
import type { SkillSource } from "../../plugins/skills.ts"

export interface AgentPlaces extends NearPlaces {
  /** Of plugins: folders with agents in them, or single files. */
  readonly plugins?: ReadonlyArray<AgentsOfPlugin>
}

export interface AgentsOfPlugin {
  readonly name: string
  /** Absolute path of its folder. */
  readonly folder: string
  readonly agents: ReadonlyArray<string>
}

export interface AgentRoot {
  /** Absolute path of a folder, or of a single file. */
  readonly folder: string
  readonly source: SkillSource
  readonly trusted: boolean
  /** Folder out of which a file may only be linked to one in a folder of agents: somebody else's repository could name a key. */
  readonly within?: string
  readonly plugin?: Pick<AgentsOfPlugin, "name" | "folder">
}

/** `.agents/agents` is where agents of several programs are kept: https://docs.openhands.dev/sdk/guides/agent-file-based */
export const agentRoots = (places: AgentPlaces): ReadonlyArray<AgentRoot> => [
  ...near(places, "agent", [".kintsugi", ".agents", ".claude"]),
  ...(places.plugins ?? []).flatMap(({ name, folder, agents }) =>
    agents.map((one): AgentRoot => ({ folder: one, source: "plugin", trusted: true, plugin: { name, folder } }))
  )
]

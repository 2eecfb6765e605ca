/** `kintsugi agents validate`: what loads here may be refused by others; this says so before they do. */
import { validateAgent } from "../../../skills/agents/validate.ts"
import type { Io } from "../io.ts"
import { pathsOf, tellVerdicts } from "../verdicts.ts"
import { agentsAround, namedAgent } from "./around.ts"

export const validateAgents = async (
  io: Io,
  names: ReadonlyArray<string>,
  { json }: { readonly json?: true }
): Promise<void> => {
  const paths = await pathsOf(io, names, async () => {
    const around = await agentsAround(io)
    const { agents, shadowed, broken } = around.set
    const found = [...agents, ...shadowed.map(({ agent }) => agent)]
    return { found, broken, pathOf: (name) => namedAgent(around, name).path }
  })
  const checked = paths.map((path) => ({ path, ...validateAgent(path) }))
  tellVerdicts(io, checked, { kind: "agents", json })
}

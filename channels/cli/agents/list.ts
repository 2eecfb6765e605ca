/** `kintsugi agents list`: those that are found, in the order in which they count; what is wrong with files on standard error. */
import type { AgentFile, AgentFileSet } from "../../../plugins/agent-files.ts"
import type { Io } from "../io.ts"
import { columns } from "../plugin/columns.ts"
import { oneLine, printable } from "../printable.ts"
import { agentsAround } from "./around.ts"

/** Files that are broken are told, and are no failure of the listing. */
export const listAgents = async (io: Io, { json }: { readonly json?: true }): Promise<void> => {
  const { set } = await agentsAround(io)
  const { agents } = set
  if (json) io.stdout.write(`${JSON.stringify(agents.map(rowOf), null, 2)}\n`)
  else if (agents.length === 0) io.stdout.write("no agents\n")
  else for (const line of columns(agents.map(cells))) io.stdout.write(`${line}\n`)
  for (const line of troubles(set)) io.stderr.write(`${printable(line)}\n`)
}

/** What is usual is left out. */
const rowOf = ({ name, description, path, source, trusted, warnings }: AgentFile) => ({
  name,
  description,
  path,
  source,
  ...(!trusted && { trusted }),
  ...(warnings.length > 0 && { warnings })
})

const cells = ({ name, source, trusted, description }: AgentFile): ReadonlyArray<string> => [
  printable(oneLine(name, 64)),
  trusted ? source : `${source}, not trusted`,
  printable(oneLine(description, 100))
]

const troubles = ({ agents, shadowed, broken, notices }: AgentFileSet): ReadonlyArray<string> => [
  ...broken.map(({ path, reason }) => `${path}: not loaded: ${oneLine(reason, 300)}`),
  ...agents.flatMap(({ path, warnings }) => warnings.map((warning) => `${path}: ${oneLine(warning, 300)}`)),
  ...shadowed.map(({ agent, by }) => `${agent.path}: hidden by ${by.path}`),
  ...notices,
  ...(agents.some(({ trusted }) => !trusted)
    ? ["Agents of a folder that is not trusted are not used; to trust this one: kintsugi trust"]
    : [])
]

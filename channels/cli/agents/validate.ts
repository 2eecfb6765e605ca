/** `kintsugi agents validate`: what loads here may be refused by others; this says so before they do. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { type AgentVerdict, validateAgent } from "../../../skills/agents/validate.ts"
import { CliError, type Io } from "../io.ts"
import { printable } from "../printable.ts"
import { agentsAround, namedAgent } from "./around.ts"

interface Checked extends AgentVerdict {
  readonly path: string
}

export const validateAgents = async (
  io: Io,
  names: ReadonlyArray<string>,
  { json }: { readonly json?: true }
): Promise<void> => {
  const paths = await pathsOf(io, names)
  const checked = paths.map((path): Checked => ({ path, ...validateAgent(path) }))
  if (json) io.stdout.write(`${JSON.stringify(checked.map(rowOf), null, 2)}\n`)
  else for (const line of checked.flatMap(lines)) io.stdout.write(`${printable(line)}\n`)
  if (!json && checked.length === 0) io.stdout.write("no agents in this folder\n")
  if (checked.some(({ problems }) => problems.length > 0)) throw new CliError(1, "")
}

/** What is a path is taken as one; a name is looked up. */
const pathsOf = async (io: Io, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  if (names.length > 0 && names.every((name) => isPath(io, name))) return names.map((name) => resolve(io.cwd, name))
  const around = await agentsAround(io)
  if (names.length > 0)
    return names.map((name) => (isPath(io, name) ? resolve(io.cwd, name) : namedAgent(around, name).path))
  const { agents, shadowed, broken } = around.set
  const found = [...agents, ...shadowed.map(({ agent }) => agent)]
  const own = found.filter(({ source }) => source === "project").map(({ path }) => path)
  return [...own, ...broken.map(({ path }) => path).filter((path) => path.startsWith(`${io.cwd}/`))]
}

const isPath = ({ cwd }: Io, name: string): boolean => name.includes("/") || existsSync(resolve(cwd, name))

const rowOf = ({ path, name, problems, warnings }: Checked) => ({
  ...(name !== undefined && { name }),
  path,
  valid: problems.length === 0,
  problems,
  warnings
})

const lines = ({ path, problems, warnings }: Checked): ReadonlyArray<string> => [
  `${problems.length === 0 ? "valid" : "not valid"}: ${path}`,
  ...problems.map((problem) => `  ${problem}`),
  ...warnings.map((warning) => `  advice: ${warning}`)
]

/** What is wrong with what a plugin's folder brings beside code: its files are read as they will be, and nothing of them is run. */
import { tmpdir } from "node:os"
import { hookBook } from "../../plugins/command-hooks/book.ts"
import { partsOf } from "../../plugins/discover/parts.ts"
import { openAgentFiles } from "../../skills/agents/agents.ts"
import { agentRoots } from "../../skills/agents/roots.ts"
import { openSkills } from "../../skills/skills.ts"
import { type Environment, homeOf } from "../folders.ts"
import { serversOfPlugin } from "../mcp/configured.ts"
import { brought, counted } from "../plugin/brought.ts"
import type { Finding } from "./doctor.ts"

export interface FolderPatient {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly env: Environment
}

export const examineFolder = async ({ name, folder, env }: FolderPatient): Promise<ReadonlyArray<Finding>> => {
  const parts = partsOf(folder)
  const nowhere = { cwd: tmpdir(), home: homeOf(env), config: tmpdir(), trusted: undefined, user: false }
  const plugins = [{ name, folder, ...parts }]
  const [skills, agents, hooks] = await Promise.all([
    openSkills({ ...nowhere, paths: [], plugins: () => plugins, bundled: false }).all(),
    openAgentFiles(() => agentRoots({ ...nowhere, plugins })).all(),
    hookBook({ ...nowhere, trusted: false, plugins: () => [{ name, folder, parts }] }).all()
  ])
  const brings = brought(name, folder)
  const servers = serversOfPlugin({ name, folder, parts }, { cwd: tmpdir(), env })
  return [
    { check: "brings", outcome: "fine", detail: brings === undefined ? "nothing" : counted(brings) },
    ...parts.problems.map((detail): Finding => ({ check: "manifest", outcome: "wrong", detail })),
    ...[...skills.broken, ...agents.broken].map(({ path, reason }): Finding => wrong(path, reason)),
    ...[...skills.notices, ...agents.notices].map((detail): Finding => ({ check: "files", outcome: "wrong", detail })),
    ...[...skills.skills, ...agents.agents].flatMap(({ path, warnings }) => warnings.map((one) => hint(path, one))),
    ...hooks.problems
      .filter(({ source }) => source.kind === "plugin")
      .map(({ source, reason, guards }) =>
        !guards && reason.includes("not supported") ? hint(source.path, reason) : wrong(source.path, reason)
      ),
    ...servers.flatMap(({ name, entry }) => ("problem" in entry ? [wrong(name, entry.problem)] : []))
  ]
}

const wrong = (check: string, detail: string): Finding => ({ check, outcome: "wrong", detail })
const hint = (check: string, detail: string): Finding => ({ check, outcome: "hint", detail })

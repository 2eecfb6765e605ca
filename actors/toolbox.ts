/** The tools of one session: which there are, what models are told of them, what they are run with. */
import type { ToolDefinition } from "../llm/model.ts"
import { PortError } from "../plugins/ports.ts"
import type { Tool } from "../plugins/tool.ts"
import type { Settings } from "./settings.ts"
import type { Offered, Workplace } from "./tool/order.ts"

export interface Toolbox extends Workplace {
  /** As plugins bring them now: one that is slow to load, or was mended, may bring its own later. */
  readonly tools: () => ReadonlyMap<string, Offered>
}

/** What a plugin brings. */
export interface Offering {
  readonly name: string
  readonly tools: ReadonlyArray<Tool>
}

/** A tool that is not offered, because another plugin brings one of its name. */
export interface Clash {
  readonly plugin: string
  readonly reason: string
}

/** The tools that the settings leave enabled, in a fixed order; of two with one name the first counts. */
export const offeredTools = <From extends Offering>(
  offerings: ReadonlyArray<From>,
  { tools: settings }: Pick<Settings, "tools">
): { readonly tools: ReadonlyMap<string, OfferedBy<From>>; readonly clashes: ReadonlyArray<Clash> } => {
  const owners = new Map<string, string>()
  const tools = new Map<string, OfferedBy<From>>()
  const clashes: Array<Clash> = []
  for (const from of offerings) {
    for (const tool of from.tools) {
      const owner = owners.get(tool.name)
      if (owner !== undefined) {
        clashes.push({ plugin: from.name, reason: `the tool ${tool.name} is already brought by plugin ${owner}` })
        continue
      }
      owners.set(tool.name, from.name)
      if (isEnabled(tool, settings)) tools.set(tool.name, { tool, from })
    }
  }
  return { tools, clashes }
}

export interface OfferedBy<From> {
  readonly tool: Tool
  readonly from: From
}

const isEnabled = (tool: Tool, { enabled, disabled, allow_bash, allow_file_write }: Settings["tools"]): boolean => {
  if (disabled.includes(tool.name) || (enabled.length > 0 && !enabled.includes(tool.name))) return false
  if (tool.risk === "execute") return allow_bash
  if (tool.risk === "write") return allow_file_write
  return true
}

/** Ports that refuse what no tool may do, whatever its risk says: a proof of `task_done`, or a plugin. */
export const permittedPorts = (
  { files, exec }: Pick<Toolbox, "files" | "exec">,
  { allow_bash, allow_file_write }: Settings["tools"]
): Pick<Toolbox, "files" | "exec"> => ({
  files: allow_file_write ? files : { ...files, write: () => refuseAll("allow_file_write") },
  exec: allow_bash ? exec : { ...exec, run: () => refuseAll("allow_bash"), start: () => refuseNow("allow_bash") }
})

const refuseNow = (key: string): never => {
  throw new PortError("permission_denied", `tools.${key} is false in the configuration`)
}

const refuseAll = async (key: string): Promise<never> => refuseNow(key)

/** Of those that models are told of. */
export const definitionsOf = (tools: Iterable<Pick<Offered, "tool">>): ReadonlyArray<ToolDefinition> =>
  Array.from(tools)
    .filter(({ tool }) => tool.deferred !== true)
    .map(({ tool: { name, description, parameters } }) => ({ name, description, parameters }))

/** The tools of one session: which there are, what models are told of them, what they are run with. */
import type { ToolDefinition } from "../llm/model.ts"
import type { Plugin } from "../plugins/plugin.ts"
import { type Exec, type Files, PortError } from "../plugins/ports.ts"
import type { Policy } from "../plugins/permission.ts"
import type { Tool } from "../plugins/tool.ts"
import type { Settings } from "./settings.ts"

export interface Toolbox {
  readonly tools: ReadonlyMap<string, Tool>
  readonly definitions: ReadonlyArray<ToolDefinition>
  readonly cwd: string
  readonly files: Files
  readonly exec: Exec
  readonly log: (message: string) => void
  /** Milliseconds for one call that sets no time of its own. */
  readonly timeout: number
  /** Characters of one answer that the model reads. */
  readonly outputLimit: number
  readonly rules: Omit<Policy, "mode">
  /** Nobody answers questions: what would be asked is refused. */
  readonly unattended: boolean
}

/**
 * The tools that the settings leave enabled, in a fixed order.
 *
 * @throws TypeError when two plugins bring a tool of the same name.
 */
export const enabledTools = (
  plugins: ReadonlyArray<Plugin>,
  { tools: settings }: Pick<Settings, "tools">
): ReadonlyMap<string, Tool> => {
  const owners = new Map<string, string>()
  const tools = new Map<string, Tool>()
  for (const plugin of plugins) {
    for (const tool of plugin.tools ?? []) {
      const owner = owners.get(tool.name)
      if (owner !== undefined)
        throw new TypeError(`plugin ${plugin.name}: the tool ${tool.name} is already brought by plugin ${owner}`)
      owners.set(tool.name, plugin.name)
      if (isEnabled(tool, settings)) tools.set(tool.name, tool)
    }
  }
  return tools
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

export const definitionsOf = (tools: Iterable<Tool>): ReadonlyArray<ToolDefinition> =>
  Array.from(tools, ({ name, description, parameters }) => ({ name, description, parameters }))

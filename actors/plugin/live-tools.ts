/** The tools of a plugin, each changed in the same way; of one whose tools come and go they are looked at anew each time. */
import type { Plugin } from "../../plugins/plugin.ts"
import type { Tool } from "../../plugins/tool.ts"

/** @param brings Whose tools they are; a tool that stays the same stays the same changed one. */
export const withTools = (
  plugin: Plugin,
  brings: Pick<Plugin, "tools" | "live">,
  change: (tool: Tool) => Tool
): Plugin => {
  if (brings.live === undefined) {
    const { tools } = brings
    return tools === undefined ? plugin : { ...plugin, tools: tools.map(change) }
  }
  const changed = new WeakMap<Tool, Tool>()
  const changedOnce = (tool: Tool): Tool => {
    const made = changed.get(tool) ?? change(tool)
    changed.set(tool, made)
    return made
  }
  let seen: Plugin["tools"]
  let tools: ReadonlyArray<Tool> = []
  const { tools: _, ...rest } = plugin
  return {
    ...rest,
    live: brings.live,
    get tools() {
      const now = brings.tools ?? []
      if (now !== seen) [seen, tools] = [now, now.map(changedOnce)]
      return tools
    }
  }
}

/** A plugin: a name for a group of tools, with what it wants the model to know. */
import type { Tool } from "./tool.ts"

export interface Plugin {
  /** Letters, digits, `-` and `_`. */
  readonly name: string
  readonly tools?: ReadonlyArray<Tool>
  /** Text added to the system prompt. Keep it stable within a session: a changing prompt defeats the provider's cache. */
  readonly systemPrompt?: () => string | Promise<string>
  /** Called once before the first session, with the folder they work in; and again whenever the plugin is begun anew. */
  readonly start?: (context: { readonly cwd: string }) => void | Promise<void>
  /** Called when the runtime closes, in reverse order of `start`, and before its code is exchanged or begun anew. */
  readonly stop?: () => void | Promise<void>
}

/**
 * Checks a plugin and gives it back.
 *
 * @throws TypeError naming the plugin, the field and what was expected.
 */
export const definePlugin = (plugin: Plugin): Plugin => {
  if (typeof plugin !== "object" || plugin === null) throw new TypeError("a plugin must be an object with a name")
  const complain = (field: string, expected: string): never => {
    throw new TypeError(`plugin ${JSON.stringify(plugin.name)}: ${field} must be ${expected}`)
  }
  if (typeof plugin.name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(plugin.name))
    complain("name", "1 to 64 letters, digits, _ or -")
  const { tools = [] } = plugin
  if (!Array.isArray(tools) || !tools.every((tool) => typeof tool?.decode === "function"))
    complain("tools", "a list of what defineTool made")
  const names = tools.map((tool) => tool.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) complain("tools", `named once each; ${twice} stands twice`)
  for (const hook of ["systemPrompt", "start", "stop"] as const) {
    if (plugin[hook] !== undefined && typeof plugin[hook] !== "function") complain(hook, "a function")
  }
  return plugin
}

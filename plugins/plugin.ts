/** A plugin: a name for a group of tools, with what it wants the model to know. */
import { type Deny, hookNames, isHook, type HookName, type ToolAttempt } from "./hooks.ts"
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
  /**
   * Asked before every tool call, whoever's tool it is: may change its input, or deny it. It fails closed: when it crashes,
   * takes too long or its plugin is out of use, the call is refused.
   */
  readonly beforeToolExecute?: (
    attempt: ToolAttempt
  ) => void | Deny | { readonly input: unknown } | Promise<void | Deny | { readonly input: unknown }>
  /** Hooks that it is meant to have: one that is missing is stubbed and shown, or, where it is a guard, refused. */
  readonly hooks?: ReadonlyArray<HookName>
  /** Attributes of its instance that may be missing at run time, and what they are then. Plain JSON. */
  readonly defaults?: Readonly<Record<string, unknown>>
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
  const { hooks = [], defaults = {} } = plugin
  if (!Array.isArray(hooks) || !hooks.every((hook) => typeof hook === "string" && isHook(hook)))
    complain("hooks", `a list of ${hookNames.join(", ")}`)
  if (typeof defaults !== "object" || defaults === null) complain("defaults", "an object")
  for (const hook of hookNames) {
    if (plugin[hook] !== undefined && typeof plugin[hook] !== "function") complain(hook, "a function")
  }
  return plugin
}

/** A plugin: a name for a group of tools and hooks, with what it wants the model to know. */
import type { CommandContext, PluginCommand } from "./extensions.ts"
import { hookNames, type Hooks, isHook, type HookName } from "./hooks.ts"
import type { Preview, Risk, Tool } from "./tool.ts"

export interface Plugin extends Partial<Hooks> {
  /** Letters, digits, `-` and `_`. */
  readonly name: string
  /** For people, one line. */
  readonly description?: string
  readonly version?: string
  readonly tools?: ReadonlyArray<Tool>
  /** Names of plugins that must run before this one starts; they stop after it. One that is missing keeps it from being loaded. */
  readonly requires?: ReadonlyArray<string>
  /** Whose hooks are asked first: higher before lower, 0 when not said; of equals, in the order of loading. One number, or one for each hook. */
  readonly priority?: number | Readonly<Partial<Record<HookName, number>>>
  /** Hooks that it is meant to have: one that is missing is stubbed and shown, or, where it is a guard, refused. */
  readonly hooks?: ReadonlyArray<HookName>
  /** Attributes of its instance that may be missing at run time, and what they are then. Plain JSON. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Only of an object that runs in process: its `tools` may be a getter, since they come and go while it runs. */
  readonly live?: LiveParts
}

/** What comes and goes while a plugin runs. */
export interface LiveParts {
  /** Besides those that `registerCommands` gave; their names may hold `_`, too. Asked whenever somebody wants to know. */
  readonly commands?: () => ReadonlyArray<PluginCommand>
  /** Calls back whenever tools or commands may be others. @returns what ends that. */
  readonly follow: (changed: () => void) => () => void
  /** Milliseconds that a hook of it has; absent: `plugins.hook_timeout`. */
  readonly hookTime?: (hook: HookName) => number | undefined
  /** False: a hook that it has has nothing to say now, and nobody waits for it. Asked each time; quick. */
  readonly listens?: (hook: HookName) => boolean
  /** What messages of the user stand for. */
  readonly expansion?: Expansion
}

/** What a message stands for that begins with a name its plugin knows, `/review src`: the model reads that instead. */
export interface Expansion {
  /** Whether it may want the message: quick, and right whenever it says no. */
  readonly wants: (text: string) => boolean
  /** @returns `undefined` when the message stands for itself; why it cannot be said, as `refused`. Rejects: a defect. */
  readonly expand: (
    message: { readonly id: string; readonly text: string },
    context: ExpansionContext
  ) => Promise<{ readonly text: string } | { readonly refused: string } | undefined>
}

/** What an expansion works with: a turn has begun, so its user can be asked. */
export interface ExpansionContext extends CommandContext {
  /** Whether something may be done, as if a tool asked: by mode and rules, else by the user's word. @returns why not. */
  readonly permit: (attempt: {
    readonly tool: string
    readonly input: unknown
    readonly risk: Risk
    readonly preview: Preview
  }) => Promise<{ readonly refused: string } | undefined>
}

/** A plugin as its author may write it down in a module of its own. */
export interface PluginSpec extends Omit<Plugin, "tools"> {
  /** A function is asked once, when the module is loaded. */
  readonly tools?: Plugin["tools"] | (() => ReadonlyArray<Tool> | Promise<ReadonlyArray<Tool>>)
}

/**
 * Checks a plugin and gives it back.
 *
 * @throws TypeError naming the plugin, the field and what was expected.
 */
export function definePlugin(plugin: Plugin): Plugin
export function definePlugin(plugin: PluginSpec): PluginSpec
export function definePlugin(plugin: PluginSpec): PluginSpec {
  if (typeof plugin !== "object" || plugin === null) throw new TypeError("a plugin must be an object with a name")
  const complain = (field: string, expected: string): never => {
    throw new TypeError(`plugin ${JSON.stringify(plugin.name)}: ${field} must be ${expected}`)
  }
  if (typeof plugin.name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(plugin.name))
    complain("name", "1 to 64 letters, digits, _ or -")
  const tools = typeof plugin.tools === "function" ? [] : (plugin.tools ?? [])
  if (!Array.isArray(tools) || !tools.every((tool) => typeof tool?.decode === "function"))
    complain("tools", "a list of what defineTool made")
  const names = tools.map((tool) => tool.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) complain("tools", `named once each; ${twice} stands twice`)
  const { hooks = [], defaults = {} } = plugin
  if (!Array.isArray(hooks) || !hooks.every((hook) => typeof hook === "string" && isHook(hook)))
    complain("hooks", `a list of ${hookNames.join(", ")}`)
  if (typeof defaults !== "object" || defaults === null) complain("defaults", "an object")
  const { requires = [], priority = 0, description = "", version = "" } = plugin
  if (!Array.isArray(requires) || !requires.every((name) => typeof name === "string"))
    complain("requires", "a list of names of plugins")
  if (typeof description !== "string") complain("description", "a text")
  if (typeof version !== "string") complain("version", "a text")
  const priorities: ReadonlyArray<readonly [string, unknown]> =
    typeof priority === "object" && priority !== null ? Object.entries(priority) : [["start", priority]]
  if (!priorities.every(([hook, value]) => isHook(hook) && Number.isFinite(value)))
    complain("priority", "a number, or an object with a number for hooks")
  for (const hook of hookNames) {
    if (plugin[hook] !== undefined && typeof plugin[hook] !== "function") complain(hook, "a function")
  }
  return plugin
}

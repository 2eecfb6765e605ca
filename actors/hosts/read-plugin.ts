/** A module's default export read as a plugin: a class, a plain object, or what `definePlugin` gave. */
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { defineTool, type Tool, type ToolSpec } from "../../plugins/tool.ts"

export interface ReadPlugin {
  readonly plugin: Plugin
  /** Names of the hooks that it has. */
  readonly hooks: ReadonlyArray<string>
  /** Calls one with the plugin's own instance as `this`. */
  readonly callHook: (name: string, input: unknown) => unknown
}

type Instance = Readonly<Record<string, unknown>>

/** Those that the host calls today. */
const hookNames = ["systemPrompt", "start", "stop"] as const

/** @throws TypeError saying what is wrong with it. */
export const readPlugin = async (namespace: object): Promise<ReadPlugin> => {
  const instance = instantiate("default" in namespace ? namespace.default : undefined)
  const hooks = hookNames.filter((name) => instance[name] !== undefined)
  const callHook = (name: string, input: unknown): unknown => {
    const hook = instance[name]
    if (typeof hook !== "function") throw new TypeError(`the plugin has no hook ${name}`)
    return Reflect.apply(hook, instance, [input])
  }
  // What is no function is a mistake that `definePlugin` names.
  const bind = (name: string) =>
    typeof instance[name] === "function" ? (input: unknown) => callHook(name, input) : instance[name]
  const bound = Object.fromEntries(hooks.map((name) => [name, bind(name)]))
  const tools = await toolsOf(instance)
  return { plugin: definePlugin({ ...bound, name: instance.name as string, tools }), hooks, callHook }
}

const instantiate = (exported: unknown): Instance => {
  if (exported === undefined)
    throw new TypeError("the module has no default export; write `export default definePlugin({ name: … })`")
  const made: unknown = isClass(exported) ? new exported() : exported
  if (typeof made !== "object" || made === null)
    throw new TypeError(`the default export must be a plugin object or a class, not ${typeof made}`)
  return made as Instance
}

const isClass = (value: unknown): value is new () => unknown =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))

const toolsOf = async (instance: Instance): Promise<ReadonlyArray<Tool>> => {
  const { tools = [] } = instance
  const list: unknown = typeof tools === "function" ? await Reflect.apply(tools, instance, []) : tools
  // What is no list is a mistake that `definePlugin` names.
  return Array.isArray(list) ? list.map(toolOf) : (list as ReadonlyArray<Tool>)
}

/** A tool that was written down as a plain object is made one here, with the same checks. */
const toolOf = (tool: Tool | ToolSpec<unknown>): Tool =>
  typeof tool === "object" && tool !== null && !("decode" in tool) ? defineTool(tool) : (tool as Tool)

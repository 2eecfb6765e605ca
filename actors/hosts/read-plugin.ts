/** A module's default export read as a plugin: a class, a plain object, or what `definePlugin` gave. */
import { ownHook } from "../../healing/own-hook.ts"
import { hookNames } from "../../plugins/hooks.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { defineTool, type Tool, type ToolSpec, writtenAs } from "../../plugins/tool.ts"

export interface ReadPlugin {
  readonly plugin: Plugin
  /** Names of the hooks that it has. */
  readonly hooks: ReadonlyArray<string>
  /** Calls one with the plugin's own instance as `this`. */
  readonly callHook: (name: string, input: unknown) => unknown
  /** What its author exported, or what was made of the class that he did. */
  readonly instance: object
  /** A tool as its author wrote it down: what is `this` in its `execute`. */
  readonly written: (tool: string) => object | undefined
}

type Instance = Readonly<Record<string, unknown>>

/** @throws TypeError saying what is wrong with it. */
export const readPlugin = async (namespace: object): Promise<ReadPlugin> => {
  const instance = instantiate("default" in namespace ? namespace.default : undefined)
  const found = hookNames.flatMap((name) => hookOf(instance, name))
  const hooks = new Map(found)
  const callHook = (name: string, input: unknown): unknown => {
    const hook = hooks.get(name)
    if (hook === undefined) throw new TypeError(`the plugin has no hook ${name}`)
    return Reflect.apply(hook, instance, [input])
  }
  const bound = Object.fromEntries(found.map(([name]) => [name, (input: unknown) => callHook(name, input)]))
  const declared = Object.fromEntries(
    ["hooks", "defaults"].flatMap((name) => (instance[name] === undefined ? [] : [[name, instance[name]]]))
  )
  const list = await toolsOf(instance)
  // What is no list is a mistake that `definePlugin` names.
  const tools = Array.isArray(list) ? list.map(toolOf) : (list as ReadonlyArray<Tool>)
  const plugin = definePlugin({ ...bound, ...declared, name: instance.name as string, tools })
  const written = (name: string) => {
    const tool = tools.find((one) => one.name === name)
    return tool === undefined ? undefined : writtenAs(tool)
  }
  return { plugin, hooks: [...hooks.keys()], callHook, instance, written }
}

type Hook = (input: unknown) => unknown

/** @throws TypeError for what is there and no hook. */
const hookOf = (instance: Instance, name: string): ReadonlyArray<readonly [string, Hook]> => {
  const found = ownHook(instance, name)
  if (found.type === "refused")
    throw new TypeError(`plugin ${JSON.stringify(instance.name)}: the hook ${name} ${found.reason}`)
  return found.type === "present" ? [[name, found.hook]] : []
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

const toolsOf = async (instance: Instance): Promise<unknown> => {
  const { tools = [] } = instance
  return typeof tools === "function" ? Reflect.apply(tools, instance, []) : tools
}

/** A tool that was written down as a plain object is made one here, with the same checks. */
const toolOf = (tool: Tool | ToolSpec<unknown>): Tool =>
  typeof tool === "object" && tool !== null && !("decode" in tool) ? defineTool(tool) : (tool as Tool)

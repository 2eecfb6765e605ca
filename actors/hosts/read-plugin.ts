/** A module's default export read as a plugin: a class, a plain object, or what `definePlugin` gave. */
import { ownHook } from "../../healing/own-hook.ts"
import type { Extensions } from "../../plugins/extensions.ts"
import { extensionHooks, type HookName, hookNames } from "../../plugins/hooks.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { type ExtensionHook, readExtensions } from "../../plugins/read-extensions.ts"
import { defineTool, type Tool, type ToolSpec, writtenAs } from "../../plugins/tool.ts"
import { dataOf, type Thrown } from "./thrown.ts"

export interface ReadPlugin {
  readonly plugin: Plugin
  /** Names of the hooks that it has. */
  readonly hooks: ReadonlyArray<HookName>
  /** What it registers: asked once, here. */
  readonly extensions: Extensions
  /** Hooks that were asked for that and threw, or took too long; nothing stands for what they would have registered. */
  readonly failures: ReadonlyArray<{ readonly hook: ExtensionHook; readonly error: Thrown }>
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
  const hooks = new Map<string, Hook>(found)
  const callHook = (name: string, input: unknown): unknown => {
    const hook = hooks.get(name)
    if (hook === undefined) throw new TypeError(`the plugin has no hook ${name}`)
    return Reflect.apply(hook, instance, [input])
  }
  const bound = Object.fromEntries(found.map(([name]) => [name, (input: unknown) => callHook(name, input)]))
  const declared = Object.fromEntries(
    ["hooks", "defaults", "requires", "priority", "description", "version"].flatMap((name) =>
      instance[name] === undefined ? [] : [[name, instance[name]]]
    )
  )
  const list = await toolsOf(instance)
  // What is no list is a mistake that `definePlugin` names.
  const tools = Array.isArray(list) ? list.map(toolOf) : (list as ReadonlyArray<Tool>)
  const plugin = definePlugin({ ...bound, ...declared, name: instance.name as string, tools })
  const written = (name: string) => {
    const tool = tools.find((one) => one.name === name)
    return tool === undefined ? undefined : writtenAs(tool)
  }
  const names = found.map(([name]) => name)
  return { plugin, hooks: names, ...(await registered(plugin.name, names, callHook)), callHook, instance, written }
}

/** Milliseconds that a plugin may think about one kind of thing that it registers. */
const patience = 5000

/** @throws TypeError for what it registers in a wrong shape; that a hook fails keeps nothing else from being used. */
const registered = async (
  name: string,
  hooks: ReadonlyArray<HookName>,
  call: ReadPlugin["callHook"]
): Promise<Pick<ReadPlugin, "extensions" | "failures">> => {
  const asked = await Promise.all(
    extensionHooks
      .filter((hook) => hooks.includes(hook))
      .map(async (hook) => {
        try {
          return { hook, value: await inTime(hook, async () => call(hook, undefined)) }
        } catch (error) {
          return { hook, error: dataOf(error) }
        }
      })
  )
  const given = Object.fromEntries(asked.map((one) => [one.hook, "value" in one ? one.value : undefined]))
  return {
    extensions: readExtensions(name, given),
    failures: asked.flatMap(({ hook, error }) => (error === undefined ? [] : [{ hook, error }]))
  }
}

const inTime = async (hook: string, ask: () => Promise<unknown>): Promise<unknown> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Error(`${hook} took longer than ${patience / 1000} s`))
  const timer = setTimeout(late, patience)
  try {
    return await Promise.race([ask(), promise])
  } finally {
    clearTimeout(timer)
  }
}

type Hook = (input: unknown) => unknown

/** @throws TypeError for what is there and no hook. */
const hookOf = (instance: Instance, name: HookName): ReadonlyArray<readonly [HookName, Hook]> => {
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

/**
 * A place that is none: the plugin runs among us. For built-in plugins and for specs.
 *
 * Nothing is contained but a tool's throw and its promise: a loop stops us, an error nobody catches ends us, and a time
 * limit works only for code that waits. Such errors cannot be told apart from our own, so nothing is ever stray here.
 */
import type { CommandContext, Extensions } from "../../plugins/extensions.ts"
import { hookNames } from "../../plugins/hooks.ts"
import { definePlugin, type Plugin } from "../../plugins/plugin.ts"
import { PortError } from "../../plugins/ports.ts"
import type { Tool } from "../../plugins/tool.ts"
import { withTools } from "../plugin/live-tools.ts"
import { type Host, HostFault, type HostOptions, type PluginSource } from "./host.ts"
import { inject } from "./inject.ts"
import { manifestOf } from "./manifest.ts"
import { closed, failing, type Opening, stopped } from "./opening.ts"
import { type ReadPlugin, readPlugin } from "./read-plugin.ts"
import { errorOf } from "./thrown.ts"

export const openHere = (source: PluginSource, options: HostOptions): Opening => {
  const end = Promise.withResolvers<HostFault>()
  let close = async (): Promise<void> => {}
  const load = async (): Promise<Host> => {
    const read = await readSource(source)
    const {
      plugin,
      extensions,
      isStarted,
      end: endCalls
    } = inProcess(read, "plugin" in source ? source.plugin : undefined)
    close = async () => {
      if (isStarted()) await stopped(plugin, options)
      const fault = new HostFault(
        { kind: "closed", plugin: plugin.name, place: "in_process" },
        `plugin ${plugin.name} ${closed}`
      )
      endCalls(fault)
      end.resolve(fault)
    }
    return {
      place: "in_process",
      pid: undefined,
      plugin,
      manifest: manifestOf(read),
      extensions,
      failures: read.failures.map(({ hook, error }) => ({ hook, error: errorOf(error) })),
      onStray: () => {},
      inject: async (injection) => inject(read, injection),
      ended: failing(end.promise),
      kill: () => {}
    }
  }
  return { loaded: load(), close: () => close() }
}

interface InProcess {
  readonly plugin: Plugin
  readonly extensions: Extensions
  /** It was started, or needs no start, and was not stopped since. */
  readonly isStarted: () => boolean
  /** What is under way is answered with it, and whatever comes later. */
  readonly end: (fault: HostFault) => void
}

/** @throws HostFault of kind `load`. */
const readSource = async (source: PluginSource): Promise<ReadPlugin> =>
  "plugin" in source
    ? readPlugin({ default: definePlugin(source.plugin) })
    : (await import("./import-module.ts")).importModule(source)

/** A module that was imported may have its `PortError` from another copy than ours. */
const oursOf = (thrown: unknown): unknown => {
  const isForeign = thrown instanceof Error && thrown.name === "PortError" && !(thrown instanceof PortError)
  return isForeign ? new PortError((thrown as PortError).kind, thrown.message, { cause: thrown }) : thrown
}

/** @param given The object itself: one whose tools come and go is looked at again and again. */
const inProcess = ({ plugin, extensions }: ReadPlugin, given?: Plugin): InProcess => {
  const open = new Set<(fault: HostFault) => void>()
  let ended: HostFault | undefined
  let isStarted = plugin.start === undefined

  /** The caller hears of an abort, or of the end, at once. */
  const run = async <A>(context: CommandContext | undefined, act: () => A | Promise<A>): Promise<A> => {
    if (ended !== undefined) throw ended
    const { promise, reject } = Promise.withResolvers<never>()
    const abort = () => reject(context?.signal.reason)
    context?.signal.throwIfAborted()
    context?.signal.addEventListener("abort", abort, { once: true })
    open.add(reject)
    try {
      return await Promise.race([act(), promise])
    } catch (thrown) {
      throw oursOf(thrown)
    } finally {
      open.delete(reject)
      context?.signal.removeEventListener("abort", abort)
    }
  }

  const toolOf = (tool: Tool): Tool => ({
    ...tool,
    decode: (input) => run(undefined, () => tool.decode(input)),
    preview: (input, context) => run(context, () => tool.preview(input, context)),
    execute: (input, context) => run(context, () => tool.execute(input, context))
  })

  const { commands, shortcuts, widgets, ...data } = extensions
  const { start, stop } = plugin
  const hooks = hookNames.flatMap((name) => {
    const hook: ((input: never) => unknown) | undefined = plugin[name]
    const call = (input: unknown) => run(undefined, () => Reflect.apply(hook as () => unknown, plugin, [input]))
    return hook === undefined ? [] : [[name, call] as const]
  })
  const called: Plugin = {
    ...plugin,
    ...Object.fromEntries(hooks),
    ...(start === undefined
      ? {}
      : {
          start: (context) => {
            isStarted = true
            return run(undefined, () => plugin.start?.(context))
          }
        }),
    ...(stop === undefined
      ? {}
      : {
          stop: () => {
            isStarted = false
            return run(undefined, () => plugin.stop?.())
          }
        })
  }
  return {
    plugin: withTools(called, given?.live === undefined ? { tools: plugin.tools ?? [] } : given, toolOf),
    extensions: {
      ...data,
      commands: commands.map((one) => ({
        ...one,
        run: (argument, context) => run(context, () => one.run(argument, context))
      })),
      shortcuts: shortcuts.map((one) => ({ ...one, run: (context) => run(context, () => one.run(context)) })),
      widgets: widgets.map((one) => ({ ...one, render: (context) => run(context, () => one.render(context)) }))
    },
    isStarted: () => isStarted,
    end: (fault) => {
      ended = fault
      for (const reject of open) reject(fault)
    }
  }
}

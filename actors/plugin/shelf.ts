/** All plugins of a runtime: begun in the tree with the first session, offered to every session, watched by all. */
import * as Effect from "effect/Effect"
import { type Observable, Subject } from "rxjs"
import type { InspectionEvent } from "xstate"
import type { PluginNews } from "../../machines/events.ts"
import type { PluginState } from "../health.ts"
import { type PluginActor, pluginActor } from "../plugin.ts"
import type { PlacedPlugin } from "./sources.ts"
import type { Settings } from "../settings.ts"
import type { Offered } from "../tool/order.ts"
import { offeredTools } from "../toolbox.ts"
import type { Tree } from "../tree.ts"

export interface PluginShelf {
  /**
   * Resolves when each that has something to start runs, could not be started for the first time, or had the time of a
   * hook: none that is broken keeps a session waiting.
   */
  readonly begun: () => Promise<void>
  /** The tools that the settings leave enabled. */
  readonly offered: () => ReadonlyMap<string, Offered>
  /** What they want the model to know; one that fails to say it is left out and shown as degraded. */
  readonly prompts: () => Promise<ReadonlyArray<string>>
  readonly news: Observable<PluginNews>
  readonly states: () => Readonly<Record<string, PluginState>>
  /** What is wrong now, one line for each plugin. */
  readonly troubles: () => ReadonlyArray<string>
  /** Gives a quarantined plugin another chance. @throws when there is no such plugin. */
  readonly revive: (name: string) => Promise<void>
  /** Loads its code anew while it runs. @throws when that fails: then the old code goes on. */
  readonly reload: (name: string) => Promise<void>
}

export interface ShelfParts {
  readonly tree: Pick<Tree, "plugins" | "hosts">
  /** In the order in which they start and models see their tools. */
  readonly plugins: ReadonlyArray<PlacedPlugin>
  readonly cwd: string
  readonly settings: Settings
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export const pluginShelf = ({ tree, plugins: placed, cwd, settings, inspect }: ShelfParts): PluginShelf => {
  const news = new Subject<PluginNews>()
  const { tool_restarts: tool, plugin_restarts: plugin } = settings.healing
  const plugins = placed.map(({ name, source, place }) =>
    pluginActor({
      name,
      known: "plugin" in source ? source.plugin : undefined,
      open: tree.hosts.open(place, source),
      cwd,
      budgets: { tool, plugin },
      onNews: (about) => news.next(about),
      inspect
    })
  )
  const hookTime = settings.plugins.hook_timeout * 1000
  /** Each into the tree, once. */
  const begin = new Map(
    plugins.map((plugin) => [
      plugin,
      Effect.runSync(Effect.cached(Effect.uninterruptible(Effect.ignore(tree.plugins.startChild(plugin.child)))))
    ])
  )
  const beginAll = (some: ReadonlyArray<PluginActor>) =>
    Effect.forEach(some, (plugin) => begin.get(plugin) ?? Effect.void, { discard: true })
  const eager = plugins.filter((_, at) => hasStart(placed[at]))
  let beginning: Promise<void> | undefined

  const beginSession = async (): Promise<void> => {
    await Effect.runPromise(beginAll(eager))
    const waiting = Effect.forEach(eager, ({ begun }) => begun, { concurrency: "unbounded", discard: true })
    if (eager.length > 0) await Effect.runPromise(Effect.timeoutOption(waiting, hookTime))
    // The others have time: at the latest their first call begins them.
    setTimeout(() => Effect.runFork(beginAll(plugins)), 100).unref()
  }

  const offered: PluginShelf["offered"] = () => {
    const offerings = plugins.map((plugin) => ({ name: plugin.name, tools: plugin.plugin()?.tools ?? [], plugin }))
    const { tools, clashes } = offeredTools(offerings, settings)
    for (const { plugin, reason } of clashes) plugins.find(({ name }) => name === plugin)?.degrade(reason)
    const settleIn =
      (plugin: PluginActor): Offered["settle"] =>
      (order) =>
        Effect.andThen(beginAll([plugin]), plugin.settle(order))
    return new Map([...tools].map(([name, { tool, from }]) => [name, { tool, settle: settleIn(from.plugin) }]))
  }

  const promptOf = async (plugin: PluginActor): Promise<string> => {
    const known = plugin.plugin()
    if (known?.systemPrompt === undefined) return ""
    try {
      const asking = Effect.tryPromise({
        try: async () => (await known.systemPrompt?.()) ?? "",
        catch: (error) => error
      })
      return await Effect.runPromise(Effect.timeout(asking, hookTime))
    } catch (error) {
      plugin.degrade(`its systemPrompt failed, so the model does not see it: ${messageOf(error)}`)
      return ""
    }
  }

  const named = (name: string): PluginActor => {
    const found = plugins.find((plugin) => plugin.name === name)
    if (found !== undefined) return found
    throw new Error(`there is no plugin ${name}; there are: ${plugins.map((plugin) => plugin.name).join(", ")}`)
  }

  return {
    begun: () => (beginning ??= beginSession()),
    offered,
    prompts: () => Promise.all(plugins.map(promptOf)),
    news: news.asObservable(),
    states: () => Object.fromEntries(plugins.map(({ name, state }) => [name, state()])),
    troubles: () =>
      plugins.flatMap(({ name, state, reason }) =>
        state() === "healthy" ? [] : [`plugin ${name} is ${state()}: ${reason()}`]
      ),
    revive: async (name) => {
      named(name).revive()
      await Effect.runPromise(tree.plugins.restartChild(name))
    },
    reload: (name) => Effect.runPromise(named(name).reload)
  }
}

/** A module has at least its code to load; an object may have nothing to do before its first call. */
const hasStart = (plugin: PlacedPlugin | undefined): boolean =>
  plugin !== undefined && ("module" in plugin.source || plugin.source.plugin.start !== undefined)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** All plugins of a runtime: begun in the tree with the first session, offered to every session, watched by all. */
import * as Effect from "effect/Effect"
import { type Observable, Subject } from "rxjs"
import type { InspectionEvent } from "xstate"
import type { PluginNews } from "../../machines/events.ts"
import type { Plugin } from "../../plugins/plugin.ts"
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

export const pluginShelf = (parts: ShelfParts): PluginShelf => {
  const { tree, settings } = parts
  const news = new Subject<PluginNews>()
  const slots = parts.plugins.map((placed) => slotOf(placed, parts, (about) => news.next(about)))
  const hookTime = settings.plugins.hook_timeout * 1000
  const beginAll = (some: ReadonlyArray<Slot>) => Effect.forEach(some, ({ begin }) => begin, { discard: true })
  let beginning: Promise<void> | undefined

  const beginSession = async (): Promise<void> => {
    const eager = slots.filter(({ isEager }) => isEager)
    if (eager.length > 0) {
      await Effect.runPromise(beginAll(eager))
      const waiting = Effect.forEach(eager, ({ actor }) => actor().begun, { concurrency: "unbounded", discard: true })
      await Effect.runPromise(Effect.timeoutOption(waiting, hookTime))
    }
    // The others have time: at the latest their first call begins them.
    setTimeout(() => Effect.runFork(beginAll(slots)), 100).unref()
  }

  const offered: PluginShelf["offered"] = () => {
    const offerings = slots.map((slot) => ({ name: slot.name, tools: slot.plugin()?.tools ?? [], slot }))
    const { tools, clashes } = offeredTools(offerings, settings)
    for (const { plugin, reason } of clashes) named(plugin).degrade(reason)
    const settleIn =
      ({ begin, actor }: Slot): Offered["settle"] =>
      (order) =>
        Effect.flatMap(begin, () => actor().settle(order))
    return new Map([...tools].map(([name, { tool, from }]) => [name, { tool, settle: settleIn(from.slot) }]))
  }

  const promptOf = async ({ plugin, actor }: Slot): Promise<string> => {
    const known = plugin()
    if (known?.systemPrompt === undefined) return ""
    try {
      const asking = Effect.tryPromise({
        try: async () => (await known.systemPrompt?.()) ?? "",
        catch: (error) => error
      })
      return await Effect.runPromise(Effect.timeout(asking, hookTime))
    } catch (error) {
      actor().degrade(`its systemPrompt failed, so the model does not see it: ${messageOf(error)}`)
      return ""
    }
  }

  const named = (name: string): PluginActor => {
    const found = slots.find((slot) => slot.name === name)
    if (found !== undefined) return found.actor()
    throw new Error(`there is no plugin ${name}; there are: ${slots.map((slot) => slot.name).join(", ")}`)
  }

  return {
    begun: () => (beginning ??= beginSession()),
    offered,
    prompts: () => Promise.all(slots.map(promptOf)),
    news: news.asObservable(),
    states: () => Object.fromEntries(slots.map(({ name, made }) => [name, made()?.state() ?? "healthy"])),
    troubles: () =>
      slots.flatMap(({ name, made }) => {
        const plugin = made()
        return plugin === undefined || plugin.state() === "healthy"
          ? []
          : [`plugin ${name} is ${plugin.state()}: ${plugin.reason()}`]
      }),
    revive: async (name) => {
      named(name).revive()
      await Effect.runPromise(tree.plugins.restartChild(name))
    },
    reload: (name) => Effect.runPromise(named(name).reload)
  }
}

/** A plugin's place on the shelf; its actor is made when somebody needs it, because a start waits for all of them. */
interface Slot {
  readonly name: string
  readonly isEager: boolean
  readonly actor: () => PluginActor
  /** When it was made already. */
  readonly made: () => PluginActor | undefined
  readonly plugin: () => Plugin | undefined
  /** Into the tree, once. */
  readonly begin: Effect.Effect<void>
}

const slotOf = (
  { name, source, place }: PlacedPlugin,
  { tree, cwd, settings, inspect }: ShelfParts,
  onNews: (news: PluginNews) => void
): Slot => {
  const known = "plugin" in source ? source.plugin : undefined
  const { tool_restarts: tool, plugin_restarts: plugin } = settings.healing
  let made: PluginActor | undefined
  let isBegun = false
  const actor = () =>
    (made ??= pluginActor({
      name,
      known,
      open: tree.hosts.open(place, source),
      cwd,
      budgets: { tool, plugin },
      onNews,
      inspect
    }))
  const begin = Effect.suspend(() => {
    if (isBegun) return Effect.void
    isBegun = true
    return Effect.uninterruptible(Effect.ignore(tree.plugins.startChild(actor().child)))
  })
  // A module has at least its code to load; an object may have nothing to do before its first call.
  const isEager = known === undefined || known.start !== undefined
  return { name, isEager, actor, made: () => made, plugin: () => made?.plugin() ?? known, begin }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

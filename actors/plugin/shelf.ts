/** All plugins of a runtime: begun in the tree with the first session, offered to every session, watched by all. */
import * as Effect from "effect/Effect"
import { type Observable, Subject } from "rxjs"
import type { InspectionEvent } from "xstate"
import type { HookContract } from "../../healing/hook.ts"
import type { PluginNews } from "../../machines/events.ts"
import type { ToolAttempt } from "../../plugins/hooks.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { HealingDesk } from "../healing/desk.ts"
import { type HookNote, noteHook } from "../healing/note.ts"
import type { pluginHealer } from "../healing/plugin-healer.ts"
import type { PluginState } from "../health.ts"
import { codeOf } from "../hosts/plugin-folder.ts"
import { type PluginActor, pluginActor, type PluginParts } from "../plugin.ts"
import { type HookBus, hookBus } from "./hook-bus.ts"
import { closed, type PluginHooks, pluginHooks } from "./hooks.ts"
import type { PlacedPlugin } from "./sources.ts"
import { declaredHooks } from "./stubs.ts"
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
  readonly hooks: HookBus
  readonly news: Observable<PluginNews>
  readonly states: () => Readonly<Record<string, PluginState>>
  /** What is wrong now, one line for each plugin. */
  readonly troubles: () => ReadonlyArray<string>
  /** Gives a quarantined plugin another chance. @throws when there is no such plugin. */
  readonly revive: (name: string) => Promise<void>
  /**
   * What runs in place of the files in a plugin's folder, or what is installed for it, has changed; one that was quarantined
   * has another chance. One that does not start with it goes on as it is, and says so.
   */
  readonly renew: (root: string) => Promise<void>
  /** Loads its code anew while it runs. @throws when that fails: then the old code goes on. */
  readonly reload: (name: string) => Promise<void>
}

export interface ShelfParts {
  readonly tree: Pick<Tree, "plugins" | "hosts">
  /** In the order in which they start and models see their tools. */
  readonly plugins: ReadonlyArray<PlacedPlugin>
  readonly cwd: string
  readonly settings: Settings
  readonly desk: HealingDesk
  /** Makes the healers of modules; loaded only where there are any. */
  readonly healer: typeof pluginHealer | undefined
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

  /** Clashes that were shown. */
  const told = new Set<string>()
  const offered: PluginShelf["offered"] = () => {
    const offerings = slots.map((slot) => ({ name: slot.name, tools: slot.plugin()?.tools ?? [], slot }))
    const { tools, clashes } = offeredTools(offerings, settings)
    for (const { plugin, reason } of clashes) {
      if (told.has(reason)) continue
      told.add(reason)
      named(plugin).degrade(reason)
    }
    const settleIn =
      ({ begin, actor }: Slot): Offered["settle"] =>
      (order) =>
        Effect.flatMap(begin, () => actor().settle(order))
    return new Map([...tools].map(([name, { tool, from }]) => [name, { tool, settle: settleIn(from.slot) }]))
  }

  const named = (name: string): PluginActor => {
    const found = slots.find((slot) => slot.name === name)
    if (found !== undefined) return found.actor()
    throw new Error(`there is no plugin ${name}; there are: ${slots.map((slot) => slot.name).join(", ")}`)
  }

  const revive: PluginShelf["revive"] = async (name) => {
    named(name).revive()
    await Effect.runPromise(tree.plugins.restartChild(name))
  }

  return {
    begun: () => (beginning ??= beginSession()),
    offered,
    hooks: hookBus(() => slots),
    news: news.asObservable(),
    states: () => Object.fromEntries(slots.map(({ name, made }) => [name, made()?.state() ?? "healthy"])),
    troubles: () =>
      slots.flatMap(({ name, made }) => {
        const plugin = made()
        return plugin === undefined || plugin.state() === "healthy"
          ? []
          : [`plugin ${name} is ${plugin.state()}: ${plugin.reason()}`]
      }),
    revive,
    renew: async (root) => {
      for (const plugin of slots.flatMap(({ made }) => made() ?? []).filter(({ healer }) => healer?.root === root)) {
        if (plugin.state() === "quarantined") await revive(plugin.name)
        else await Effect.runPromise((plugin.healer?.changed ?? Effect.void).pipe(Effect.catch(goesOn(plugin))))
      }
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
  readonly hooks: PluginHooks
  /** The input as it may go on, as far as this plugin has a say. */
  readonly guard: (attempt: ToolAttempt) => Effect.Effect<unknown, Answer>
  /** Into the tree, once. */
  readonly begin: Effect.Effect<void>
}

const slotOf = (
  { name, source, place }: PlacedPlugin,
  { tree, cwd, settings, desk, healer, inspect }: ShelfParts,
  onNews: (news: PluginNews) => void
): Slot => {
  const known = "plugin" in source ? source.plugin : undefined
  const declared = "module" in source ? declaredHooks(source.module) : []
  const { tool_restarts: tool, plugin_restarts: plugin } = settings.healing
  let made: PluginActor | undefined
  let isBegun = false
  const actor = () =>
    (made ??= pluginActor({
      name,
      known,
      source,
      open: (source) => tree.hosts.open(place, source),
      declared,
      onStubbed: (stub) => noted(desk, { plugin: name, ...stub }),
      healerOf: "module" in source && healer !== undefined ? healerFor(source.module, desk, healer) : undefined,
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
  const isEager = known === undefined || known.start !== undefined || known.hooks !== undefined
  const brought = () => made?.plugin() ?? known
  const onFailed = hookFailed(name, desk, actor)
  const hooks = pluginHooks({ name, plugin: brought, time: settings.plugins.hook_timeout * 1000, onFailed })
  const guard: Slot["guard"] = (attempt) => {
    const plugin = brought()
    if (plugin?.beforeToolExecute === undefined) {
      const promised = [...(plugin?.hooks ?? []), ...declared]
      if (!promised.includes("beforeToolExecute")) return Effect.succeed(attempt.input)
      return Effect.fail(closed(name, plugin === undefined ? "it has not been loaded" : "its guard is missing"))
    }
    return hooks.guard(attempt)
  }
  return { name, isEager, actor, made: () => made, plugin: brought, hooks, guard, begin }
}

/** @returns `undefined` when there is no such module: it will say so when it is opened. */
const healerFor = (path: string, desk: HealingDesk, healer: typeof pluginHealer): PluginParts["healerOf"] => {
  try {
    const { module, root } = codeOf(path)
    return (charge) => healer({ ...charge, module, root }, desk)
  } catch {
    return undefined
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const goesOn = (plugin: PluginActor) => (error: unknown) =>
  Effect.sync(() =>
    plugin.degrade(`it goes on as it was loaded, because it does not start as it is now: ${messageOf(error)}`)
  )

/** What cannot be recorded is logged at least. */
const noted = (desk: HealingDesk, note: HookNote): void =>
  void noteHook(desk, note).catch((error) => desk.log(`${note.plugin}: ${String(error)}`))

/** It is shown, recorded, and, where the hook lacks something that can be given to it, mended for the next time. */
const hookFailed =
  (name: string, desk: HealingDesk, actor: () => PluginActor): Parameters<typeof pluginHooks>[0]["onFailed"] =>
  (hook: HookContract, failure, losses, input) => {
    const { degrade, healer } = actor()
    degrade(`its ${hook.name} failed: ${failure.said}`)
    noted(desk, { plugin: name, hook, failure, losses })
    if (healer !== undefined) Effect.runFork(healer.mend({ type: "hook", hook, failure, input }, healer.version()))
  }

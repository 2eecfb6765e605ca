/** All plugins of a runtime: begun in the tree with the first session, offered to every session, watched by all. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Observable } from "rxjs"
import type { PluginNews } from "../../machines/events.ts"
import type { PluginCommand } from "../../plugins/extensions.ts"
import { hookContracts, isHook } from "../../plugins/hooks.ts"
import type { Expansion } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Health, PluginState } from "../health.ts"
import type { Host } from "../hosts/host.ts"
import type { Manifest } from "../hosts/manifest.ts"
import type { PluginActor } from "../plugin.ts"
import type { Offered } from "../tool/order.ts"
import { offeredTools } from "../toolbox.ts"
import { type HookBus, hookBus } from "./hook-bus.ts"
import { runtimePlugins } from "./management.ts"
import { openRack, type Rack, type RackParts } from "./rack.ts"
import { inOrder } from "./requirements.ts"
import type { RuntimePlugins } from "./runtime-plugins.ts"
import type { Slot } from "./slot-parts.ts"
import { denier } from "./slot-guard.ts"

export interface PluginShelf {
  /** What the user may do with them. */
  readonly manage: RuntimePlugins
  /**
   * Resolves when each whose tools are not known yet, or that has something to start, runs, could not be started for the
   * first time, or had the time of a hook: none that is broken keeps a session waiting.
   */
  readonly begun: () => Promise<void>
  /** The tools that the settings leave enabled. */
  readonly offered: () => ReadonlyMap<string, Offered>
  /** Whether the user has taken away a tool that is not offered any more: by switching its plugin off, or by loading it anew. */
  readonly isTaken: (offered: Offered) => boolean
  readonly hooks: HookBus
  readonly news: Observable<PluginNews>
  /** `loaded` may say something else from now on. */
  readonly changes: Observable<void>
  /** In the order of loading. */
  readonly loaded: () => ReadonlyArray<LoadedPlugin>
  readonly states: () => Readonly<Record<string, PluginState>>
  /** What is wrong with each that is not healthy, or why it is off. */
  readonly reasons: () => NonNullable<Health["reasons"]>
  readonly tiers: () => NonNullable<Health["tiers"]>
  /** What is wrong now, one line for each plugin; why, only for the machine's own user. @param owner Of the session that is told. */
  readonly troubles: (owner: string | undefined) => ReadonlyArray<string>
  /**
   * What runs in place of the files in a plugin's folder, or what is installed for it, has changed; one that was quarantined
   * has another chance. One that does not start with it goes on as it is, and says so.
   */
  readonly renew: (root: string) => Promise<void>
  /** Stops all, each before those that it requires. */
  readonly close: () => Promise<void>
}

export interface LoadedPlugin {
  readonly name: string
  /** As far as it is known. */
  readonly manifest: Manifest | undefined
  /** Commands that come and go while it runs. */
  readonly commands: () => ReadonlyArray<PluginCommand>
  /** What messages stand for. */
  readonly expansion: () => Expansion | undefined
  /** Begins it and waits until it runs. */
  readonly host: () => Effect.Effect<Host, Answer>
  readonly degrade: (reason: string) => void
}

export const pluginShelf = async (parts: RackParts): Promise<PluginShelf> => {
  const { tree } = parts
  const rack = await openRack(parts)
  const { news, changes, slots } = rack
  const manage = runtimePlugins(rack)
  let beginning: Promise<void> | undefined

  return {
    manage,
    begun: () => (beginning ??= beginSession(rack)),
    offered: offering(rack),
    isTaken: ({ tool, from }) => {
      const slot = slots().find(({ name }) => name === from.plugin)
      const brings = slot?.plugin()
      if (slot === undefined) return true
      // What comes and goes by itself may have gone.
      const hasGone = () => brings?.live !== undefined && brings.tools?.every(({ name }) => name !== tool.name)
      return brings !== undefined && (brings !== from.brings || hasGone() === true)
    },
    hooks: hookBus(() => [...slots(), ...deniers(rack)]),
    news: news.asObservable(),
    changes: changes.asObservable(),
    loaded: () =>
      slots().map(({ name, manifest, plugin, running, made }) => ({
        name,
        manifest: manifest(),
        commands: () => plugin()?.live?.commands?.() ?? [],
        expansion: () => plugin()?.live?.expansion,
        host: () => running,
        degrade: (reason) => made()?.degrade(reason)
      })),
    states: () => statesOf(rack),
    reasons: () => reasonsOf(rack),
    tiers: () =>
      Object.fromEntries(
        [...rack.roster().placed, ...rack.roster().codeless, ...slots().map(({ placed }) => placed)].map(
          ({ name, tier }) => [name, tier]
        )
      ),
    troubles: (owner) => troublesOf(rack, owner === undefined),
    renew: async (root) => {
      for (const plugin of slots()
        .flatMap(({ made }) => made() ?? [])
        .filter(({ healer }) => healer?.root === root)) {
        if (plugin.state() === "quarantined") await manage.revive(plugin.name)
        else await Effect.runPromise((plugin.healer?.changed ?? Effect.void).pipe(Effect.catch(goesOn(plugin))))
      }
    },
    close: async () => {
      for (const { name, made } of inOrder(slots()).toReversed())
        if (made() !== undefined) await Effect.runPromise(Effect.ignore(tree.plugins.stopChild(name)))
    }
  }
}

const beginAll = (some: ReadonlyArray<Slot>) => Effect.forEach(some, ({ begin }) => begin, { discard: true })

const beginSession = async ({ slots, settings, late }: Rack): Promise<void> => {
  const eager = inOrder(slots()).filter(({ begins }) => begins === "session")
  await Effect.runPromise(beginAll(eager))
  const time = settings.plugins.hook_timeout * 1000
  const waiting = Effect.forEach(eager, ({ begun }) => Effect.timeoutOption(begun, time), { concurrency: "unbounded" })
  const ends = await Effect.runPromise(waiting)
  for (const [at, slot] of eager.entries()) if (ends[at] === undefined || Option.isNone(ends[at])) late(slot)
  // What the others bring is known; those of which only tools are used begin with their first call.
  setTimeout(() => Effect.runFork(beginAll(slots().filter(({ begins }) => begins !== "use"))), 100).unref()
}

const offering = ({ slots, settings }: Rack): PluginShelf["offered"] => {
  /** Clashes that were shown. */
  const told = new Set<string>()
  return () => {
    const offerings = slots().map((slot) => ({ name: slot.name, tools: slot.plugin()?.tools ?? [], slot }))
    const { tools, clashes } = offeredTools(offerings, settings)
    for (const { plugin, reason } of clashes) {
      if (told.has(reason)) continue
      told.add(reason)
      slots()
        .find(({ name }) => name === plugin)
        ?.actor()
        .degrade(reason)
    }
    return new Map(
      [...tools].map(
        ([
          name,
          {
            tool,
            from: { slot }
          }
        ]) => {
          const from = { plugin: slot.name, brings: slot.plugin() }
          return [name, { tool, from, settle: slot.settle }]
        }
      )
    )
  }
}

/** What was meant to guard and is broken: nobody can say what it would have said. */
const deniers = ({ roster, offReason }: Rack): ReturnType<Parameters<typeof hookBus>[0]> =>
  roster().passed.flatMap((one) =>
    one.state === "broken" && one.declared.some(isGuard) && offReason(one) === undefined
      ? [denier(one.name, one.declared, one.reason)]
      : []
  )

const isGuard = (hook: string): boolean => isHook(hook) && hookContracts[hook].kind === "guard"

const statesOf = ({ slots, roster, offReason, conditionOf }: Rack): Readonly<Record<string, PluginState>> => {
  const off = roster().placed.filter((one) => offReason(one) !== undefined)
  const stateOf = (slot: Slot): PluginState => {
    const { state } = conditionOf(slot)
    return state === "broken" ? "quarantined" : state
  }
  return Object.fromEntries([
    ...off.map(({ name }) => [name, "disabled"] as const),
    ...roster().codeless.map((one) => [one.name, offReason(one) === undefined ? "healthy" : "disabled"] as const),
    ...slots().map((slot) => [slot.name, stateOf(slot)] as const)
  ])
}

const reasonsOf = ({ slots, roster, offReason, conditionOf }: Rack): Readonly<Record<string, string>> => {
  const { placed, codeless } = roster()
  const off = [...placed, ...codeless].map((one) => [one.name, offReason(one) ?? ""] as const)
  const on = slots().map((slot) => [slot.name, conditionOf(slot).reason] as const)
  return Object.fromEntries([...off, ...on].filter(([, reason]) => reason !== ""))
}

const troublesOf = ({ slots, roster, offReason, conditionOf }: Rack, withReasons: boolean): ReadonlyArray<string> => {
  const { passed } = roster()
  const because = (reason: string): string => (withReasons ? `: ${reason}` : "")
  const untrusted = passed.filter(({ state }) => state === "untrusted").map(({ name }) => name)
  return [
    ...slots().flatMap((slot) => {
      const { state, reason } = conditionOf(slot)
      if (state === "healthy") return []
      return [`plugin ${slot.name} is ${state === "broken" ? "not loaded" : state}${because(reason)}`]
    }),
    ...passed
      .filter((one) => one.state === "broken" && offReason(one) === undefined)
      .map(({ name, reason }) => `plugin ${name} is broken${because(reason)}`),
    ...(untrusted.length === 0
      ? []
      : [
          `this folder is not trusted, so its plugins are not run: ${untrusted.join(", ")}; to trust it, run \`kintsugi trust\` in it`
        ])
  ]
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const goesOn = (plugin: PluginActor) => (error: unknown) =>
  Effect.sync(() =>
    plugin.degrade(`it goes on as it was loaded, because it does not start as it is now: ${messageOf(error)}`)
  )

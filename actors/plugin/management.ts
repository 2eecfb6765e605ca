/** What the user may do with plugins while sessions run: see them, switch them on and off, load their code anew. */
import * as Effect from "effect/Effect"
import type { PluginSource } from "../hosts/host.ts"
import type { Rack } from "./rack.ts"
import { dependantsOf } from "./requirements.ts"
import type { PluginView, RuntimePlugins } from "./runtime-plugins.ts"
import type { Slot } from "./slot-parts.ts"
import { isNeeded, type PlacedPlugin, type Roster } from "./sources.ts"
import { viewOfCodeless, viewOfManifest, viewOfPassed, viewOfPlaced } from "./view.ts"

/** Milliseconds for a plugin to be loaded and started. */
const patience = 60_000

export const runtimePlugins = (rack: Rack): RuntimePlugins => {
  const { slots, tree } = rack
  let last: Promise<unknown> = Promise.resolve()
  /** One change after another: what one looks at, the next must not move. */
  const alone = <A>(act: () => Promise<A>): Promise<A> => {
    const next = last.then(act, act)
    last = next
    return next
  }
  const named = (name: string): Slot => {
    const slot = slots().find((one) => one.name === name)
    if (slot !== undefined) return slot
    const [off] = rack.roster().placed.filter((one) => one.name === name)
    if (off !== undefined) throw new Error(`plugin ${name} is disabled; enable it first`)
    if (withoutCode(name)) throw new Error(`plugin ${name} has no code; its files are read when they are used`)
    throw unknown(name, rack)
  }
  const withoutCode = (name: string): boolean => rack.roster().codeless.some((one) => one.name === name)

  /** @throws when it does not run in its time. */
  const started = async (slot: Slot): Promise<void> => {
    await Effect.runPromise(Effect.timeoutOption(slot.begun, patience))
    const hindrance = rack.hindranceOf(slot)
    if (hindrance !== undefined) throw new Error(`plugin ${slot.name} is not loaded: it ${hindrance}`)
    if (slot.made()?.host() === undefined)
      throw new Error(`plugin ${slot.name} does not start: ${slot.made()?.reason() ?? "it was stopped"}`)
  }

  /** In place of the one that has its name now, which goes on when it does not start. */
  const replace = async (placed: PlacedPlugin): Promise<void> => {
    const before = slots().find(({ name }) => name === placed.name)
    const wasBegun = before?.made() !== undefined
    const slot = await rack.put(placed)
    try {
      await started(slot)
    } catch (error) {
      if (before === undefined) await rack.remove(slot, "did not start")
      else {
        const again = await rack.put(before.placed)
        if (wasBegun) await Effect.runPromise(again.begun)
      }
      throw error
    } finally {
      rack.changes.next()
    }
  }

  const enable = async (name: string): Promise<void> => {
    const there = rack.look()
    if (withoutCode(name)) {
      rack.turn(name, "on")
      return rack.changes.next()
    }
    const placed = placedIn(there, name, rack)
    const before = rack.offReason(placed)
    const slot = slots().find((one) => one.name === name)
    if (slot !== undefined && isSame(slot.placed, placed))
      return slot.made()?.state() === "quarantined" ? revive(name) : started(slot)
    rack.turn(name, "on")
    try {
      await replace(placed)
    } catch (error) {
      if (before !== undefined) rack.turn(name, { off: before })
      throw error
    }
    rack.news.next({ plugin: name, state: "healthy", reason: "it was enabled" })
    // Those that have waited for it.
    for (const { requires, begins, begin } of slots())
      if (requires.includes(name) && begins !== "use") Effect.runFork(begin)
  }

  const disable = async (name: string): Promise<void> => {
    // One that is broken may be a guard, and denies as long as it is wanted.
    if (
      slots().every((one) => one.name !== name) &&
      rack.roster().passed.some((one) => one.name === name && one.state === "broken")
    )
      return rack.turn(name, { off: "it was disabled" })
    if (withoutCode(name)) {
      rack.turn(name, { off: "it was disabled" })
      return rack.changes.next()
    }
    const slot = named(name)
    if (isNeeded(slot.placed)) throw new Error(`plugin ${name} cannot be disabled: no task could be ended without it`)
    const dependants = dependantsOf(name, slots())
    rack.turn(name, { off: "it was disabled" })
    for (const one of dependants) rack.turn(one.name, { off: `it requires ${name}, which was disabled` })
    for (const one of [...dependants, slot]) await rack.remove(one, "was disabled")
    rack.changes.next()
  }

  const revive = async (name: string): Promise<void> => {
    const slot = named(name)
    const plugin = slot.made()
    if (plugin?.state() !== "quarantined") return started(slot)
    plugin.revive()
    await Effect.runPromise(tree.plugins.restartChild(name))
    await started(slot)
  }

  const reload = async (name: string): Promise<void> => {
    const slot = named(name)
    const { placed } = rack.look()
    const found = placed.find((one) => one.name === name)
    if (found === undefined) throw new Error(`plugin ${name} is no longer there; it goes on as it was loaded`)
    if (!isSame(slot.placed, found)) return alone(() => replace(found))
    const plugin = slot.made()
    if (plugin === undefined) return started(slot)
    if (plugin.state() === "quarantined") return alone(() => revive(name))
    await Effect.runPromise(plugin.reload)
  }

  return {
    list: () => listed(rack),
    enable: (name) => alone(() => enable(name)),
    disable: (name) => alone(() => disable(name)),
    reload,
    revive: (name) => alone(() => revive(name)),
    flags: () =>
      slots().flatMap(({ name, manifest }) =>
        (manifest()?.extensions.flags ?? []).map((flag) => ({ ...flag, plugin: name }))
      )
  }
}

/** @throws when nothing of that name can be loaded. */
const placedIn = ({ placed, passed }: Roster, name: string, rack: Rack): PlacedPlugin => {
  const found = placed.find((one) => one.name === name)
  if (found !== undefined) return found
  const [other] = passed.filter((one) => one.name === name)
  if (other !== undefined) throw new Error(`plugin ${name} cannot be enabled: ${other.reason}`)
  throw unknown(name, rack)
}

const unknown = (name: string, rack: Rack): Error => {
  const { placed, codeless } = rack.roster()
  const names = [...new Set([...rack.slots(), ...placed, ...codeless].map((one) => one.name))]
  return new Error(`there is no plugin ${name}; there are: ${names.join(", ")}`)
}

const isSame = (one: PlacedPlugin, other: PlacedPlugin): boolean =>
  one.tier === other.tier && idOf(one.source) === idOf(other.source)

const idOf = (source: PluginSource): unknown => ("module" in source ? source.module : source.plugin)

const listed = (rack: Rack): ReadonlyArray<PluginView> => {
  const { placed, codeless, passed } = rack.look()
  const slots = rack.slots()
  const views = placed.map((one): PluginView => {
    const slot = slots.find(({ name }) => name === one.name)
    if (slot !== undefined && isSame(slot.placed, one)) return viewOfSlot(slot, one, rack)
    const off = rack.offReason(one)
    if (slot === undefined)
      return viewOfPlaced(one, "disabled", off ?? "it was not there when the program started; enable it to load it")
    return viewOfPlaced(
      one,
      "disabled",
      `${slot.placed.tier} plugin ${one.name} was loaded before it was there; reload it to change to this one`
    )
  })
  const gone = slots.filter((slot) => !placed.some((one) => isSame(one, slot.placed)))
  return [
    ...views,
    ...gone.map((slot) => viewOfSlot(slot, slot.placed, rack)),
    ...codeless.map((one) => viewOfCodeless(one, rack.offReason(one))),
    ...passed.map((one) => viewOfPassed(one, rack.offReason(one)))
  ]
}

/** @param placed As it lies on disk now. */
const viewOfSlot = (slot: Slot, placed: PlacedPlugin, rack: Rack): PluginView => {
  const view = viewOfManifest(viewOfPlaced(placed, "healthy", ""), slot.manifest())
  const plugin = slot.plugin()
  return {
    ...view,
    ...rack.conditionOf(slot),
    tools: plugin?.tools?.map(({ name }) => name) ?? view.tools,
    requires: slot.requires
  }
}

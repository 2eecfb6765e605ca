/** The slots of a runtime's plugins: which of them are there now, what keeps one from being loaded, and what that means for others. */
import * as Effect from "effect/Effect"
import { Subject } from "rxjs"
import type { PluginNews } from "../../machines/events.ts"
import type { PluginState } from "../health.ts"
import { NotAdmitted } from "../plugin.ts"
import { hindrance, type Needy } from "./requirements.ts"
import { slotOf } from "./slot.ts"
import type { ModuleCare, Slot, SlotParts } from "./slot-parts.ts"
import { type PlacedPlugin, type Roster, switchedOff, whatIsWrong } from "./sources.ts"

export interface RackParts extends Omit<
  SlotParts,
  "care" | "after" | "onNews" | "onStarted" | "hindrance" | "admit" | "onBarred"
> {
  /** What there was at the start. */
  readonly first: Roster
  /** What there is on disk now. */
  readonly look: () => Roster
  /** Loaded with the first module. */
  readonly care: () => Promise<ModuleCare>
}

export interface Rack extends Pick<RackParts, "settings" | "tree"> {
  /** Those that are to be loaded, in the order of loading. */
  readonly slots: () => ReadonlyArray<Slot>
  /** As it was seen last. */
  readonly roster: () => Roster
  /** Looks anew. */
  readonly look: () => Roster
  /** Why a plugin is switched off; `undefined` when it is not. */
  readonly offReason: (one: Pick<PlacedPlugin, "name" | "tier">) => string | undefined
  /** From now on, whatever the settings say. */
  readonly turn: (name: string, state: "on" | { readonly off: string }) => void
  /** Why a slot may not be loaded, as the end of a sentence about it. */
  readonly hindranceOf: (slot: Slot) => string | undefined
  /** At once, so that a guard is missed by no call; what has its name now ends before it begins. */
  /** What is said of it now. `broken`: something keeps it from being loaded. */
  readonly conditionOf: (slot: Slot) => Condition
  /** A session did not wait for its start any longer. */
  readonly late: (slot: Slot) => void
  readonly put: (placed: PlacedPlugin) => Promise<Slot>
  /** Its tools and hooks are gone at once; resolves when it has stopped. */
  readonly remove: (slot: Slot, why: string) => Promise<void>
  readonly news: Subject<PluginNews>
  readonly changes: Subject<void>
}

export interface Condition {
  readonly state: PluginState | "broken"
  /** Empty when it is healthy. */
  readonly reason: string
}

export const openRack = async (parts: RackParts): Promise<Rack> => {
  const { settings } = parts
  const news = new Subject<PluginNews>()
  const changes = new Subject<void>()
  const turned = new Map<string, "on" | { readonly off: string }>()
  let roster = parts.first
  let slots: ReadonlyArray<Slot> = []
  let care: ModuleCare | undefined

  const offReason: Rack["offReason"] = (one) => {
    const state = turned.get(one.name)
    if (state !== undefined) return state === "on" ? undefined : state.off
    return switchedOff(one, settings.plugins)
  }
  const absent = (name: string) => {
    const other = slots.find(({ called }) => called() === name)
    return other === undefined ? whatIsWrong(name, roster) : `is called ${other.name} here, as its file is`
  }
  const hindranceOf: Rack["hindranceOf"] = (slot) =>
    slot.requires.length === 0 ? undefined : hindrance(slot.name, slots, absent)

  /** Those that run and may not any more. */
  const endHindered = () => {
    for (const slot of slots) {
      const why = hindranceOf(slot)
      if (slot.made() !== undefined && why !== undefined) void slot.end(`it ${why}`).then(() => changes.next())
    }
  }

  const lateOnes = new Set<Slot>()
  const late: Rack["late"] = (slot) => {
    lateOnes.add(slot)
    Effect.runFork(
      Effect.andThen(
        slot.begun,
        Effect.sync(() => {
          lateOnes.delete(slot)
          changes.next()
        })
      )
    )
    changes.next()
  }
  const conditionOf: Rack["conditionOf"] = (slot) => {
    const [plugin, why] = [slot.made(), hindranceOf(slot)]
    if (why !== undefined) return { state: "broken", reason: `it ${why}` }
    if (lateOnes.has(slot)) return { state: "degraded", reason: "it is still being started" }
    return plugin === undefined ? { state: "healthy", reason: "" } : { state: plugin.state(), reason: plugin.reason() }
  }

  const admit: SlotParts["admit"] = (slot, requires) => {
    const check = Effect.suspend(() => {
      const others = slots.map((one): Needy => (one === slot ? { name: slot.name, requires } : one))
      const why = requires.length === 0 ? undefined : hindrance(slot.name, others, absent)
      return why === undefined ? Effect.void : Effect.fail(new NotAdmitted(`plugin ${slot.name} ${why}`))
    })
    const needed = slots.filter(({ name }) => requires.includes(name))
    const waiting = Effect.forEach(needed, ({ begun }) => begun, { concurrency: "unbounded", discard: true })
    return Effect.andThen(check, Effect.andThen(waiting, check))
  }

  /** Those that run and require it. */
  const dependants = (name: string) =>
    slots.flatMap(({ requires, made }) => (requires.includes(name) ? (made() ?? []) : []))

  const onNews = (about: PluginNews): void => {
    const isThere = slots.some(({ name }) => name === about.plugin)
    news.next(isThere ? about : { ...about, state: "disabled" })
    if (about.state === "quarantined") for (const one of dependants(about.plugin)) one.degrade(outOfUse(about.plugin))
    changes.next()
  }

  const onStarted = (slot: Slot): void => {
    for (const one of dependants(slot.name)) if (one.reason() === outOfUse(slot.name)) one.restored()
    const lost = slots.filter(({ name, made }) => slot.requires.includes(name) && made()?.state() === "quarantined")
    for (const { name } of lost) slot.made()?.degrade(outOfUse(name))
    changes.next()
  }

  const put: Rack["put"] = async (placed) => {
    if ("module" in placed.source) care ??= await parts.care()
    const before = slots.find(({ name }) => name === placed.name)
    let leaving: Promise<void> | undefined
    const slot = slotOf(placed, {
      ...parts,
      after: () => leaving,
      care,
      onNews,
      onStarted,
      hindrance: hindranceOf,
      admit,
      onBarred: endHindered
    })
    const order = roster.placed.map(({ name }) => name)
    const rank = ({ name }: Slot) => (order.includes(name) ? order.indexOf(name) : order.length)
    slots = [...slots.filter(({ name }) => name !== slot.name), slot].toSorted((one, other) => rank(one) - rank(other))
    leaving = before?.close("is being replaced")
    return slot
  }
  for (const placed of roster.placed) if (offReason(placed) === undefined) await put(placed)

  return {
    ...parts,
    slots: () => slots,
    roster: () => roster,
    look: () => (roster = parts.look()),
    offReason,
    turn: (name, state) => void turned.set(name, state),
    hindranceOf,
    conditionOf,
    late,
    put,
    remove: async (slot, why) => {
      slots = slots.filter((one) => one !== slot)
      changes.next()
      await slot.close(why)
    },
    news,
    changes
  }
}

const outOfUse = (name: string): string => `it requires ${name}, which is out of use`

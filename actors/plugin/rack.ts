/** The slots of a runtime's plugins: which of them are there now, what keeps one from being loaded, and what that means for others. */
import { Subject } from "rxjs"
import type { PluginNews } from "../../machines/events.ts"
import { type Condition, conditions } from "./condition.ts"
import { needsAmong } from "./needs.ts"
import { slotOf } from "./slot.ts"
import type { ModuleCare, Slot, SlotParts } from "./slot-parts.ts"
import { type PlacedPlugin, type Roster, whatIsWrong } from "./sources.ts"
import type { Switches } from "./switches.ts"

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
  readonly switches: Switches
}

export interface Rack extends Pick<RackParts, "settings" | "tree">, Pick<Switches, "offReason" | "turn"> {
  /** Those that are to be loaded, in the order of loading. */
  readonly slots: () => ReadonlyArray<Slot>
  /** As it was seen last. */
  readonly roster: () => Roster
  /** Looks anew. */
  readonly look: () => Roster
  /** Why a slot may not be loaded, as the end of a sentence about it. */
  readonly hindranceOf: (slot: Slot) => string | undefined
  /** What is said of it now. */
  readonly conditionOf: (slot: Slot) => Condition
  /** A session did not wait for its start any longer. */
  readonly late: (slot: Slot) => void
  /** At once, so that a guard is missed by no call; what has its name now ends before it begins. */
  readonly put: (placed: PlacedPlugin) => Promise<Slot>
  /** Its tools and hooks are gone at once; resolves when it has stopped. */
  readonly remove: (slot: Slot, why: string) => Promise<void>
  readonly news: Subject<PluginNews>
  readonly changes: Subject<void>
}

export const openRack = async (parts: RackParts): Promise<Rack> => {
  const news = new Subject<PluginNews>()
  const changes = new Subject<void>()
  let roster = parts.first
  let slots: ReadonlyArray<Slot> = []
  let care: ModuleCare | undefined

  const { offReason, turn } = parts.switches
  const needs = needsAmong({ slots: () => slots, absent: (name) => whatIsWrong(name, roster), changes })
  const { of: conditionOf, late } = conditions(needs.hindranceOf, changes)

  const onNews = (about: PluginNews): void => {
    const isThere = slots.some(({ name }) => name === about.plugin)
    news.next(isThere ? about : { ...about, state: "disabled" })
    if (about.state === "quarantined") needs.lost(about.plugin)
    changes.next()
  }

  /** By name of the plugin: ends what its last object calls back. */
  const followed = new Map<string, () => void>()
  const follow = ({ name, source }: PlacedPlugin): void => {
    followed.get(name)?.()
    const live = "plugin" in source ? source.plugin.live : undefined
    followed.set(name, live?.follow(() => changes.next()) ?? (() => {}))
  }

  const put: Rack["put"] = async (placed) => {
    if ("module" in placed.source) care ??= await parts.care()
    const before = slots.find(({ name }) => name === placed.name)
    const left = Promise.withResolvers<void>()
    const slot = slotOf(placed, {
      ...parts,
      after: () => (before === undefined ? undefined : left.promise),
      care,
      onNews,
      ...needs,
      hindrance: needs.hindranceOf
    })
    const order = roster.placed.map(({ name }) => name)
    const rank = ({ name }: Slot) => (order.includes(name) ? order.indexOf(name) : order.length)
    slots = [...slots.filter(({ name }) => name !== slot.name), slot].toSorted((one, other) => rank(one) - rank(other))
    follow(placed)
    void before?.close("is being replaced").then(left.resolve)
    return slot
  }
  for (const placed of roster.placed) if (offReason(placed) === undefined) await put(placed)

  return {
    ...parts,
    slots: () => slots,
    roster: () => roster,
    look: () => (roster = parts.look()),
    offReason,
    turn,
    hindranceOf: needs.hindranceOf,
    conditionOf,
    late,
    put,
    remove: async (slot, why) => {
      slots = slots.filter((one) => one !== slot)
      followed.get(slot.name)?.()
      changes.next()
      // One that never began has no machine that could tell.
      if (slot.made() === undefined) news.next({ plugin: slot.name, state: "disabled", reason: `it ${why}` })
      await slot.close(why)
    },
    news,
    changes
  }
}

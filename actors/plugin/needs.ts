/** What plugins that require others mean for each other: who waits for whom, who is ended, who is told. */
import * as Effect from "effect/Effect"
import type { Subject } from "rxjs"
import { NotAdmitted } from "../plugin.ts"
import { hindrance, type Needy } from "./requirements.ts"
import type { Slot, SlotParts } from "./slot-parts.ts"

export interface Needs extends Pick<SlotParts, "admit" | "onStarted" | "onBarred"> {
  /** Why a slot may not be loaded, as the end of a sentence about it. */
  readonly hindranceOf: (slot: Slot) => string | undefined
  /** A plugin of this name is out of use. */
  readonly lost: (name: string) => void
}

export interface NeedsParts {
  readonly slots: () => ReadonlyArray<Slot>
  /** What is wrong with a name that is not among them. */
  readonly absent: (name: string) => string
  readonly changes: Subject<void>
}

export const needsAmong = ({ slots, absent, changes }: NeedsParts): Needs => {
  const hindranceOf: Needs["hindranceOf"] = (slot) =>
    slot.requires.length === 0 ? undefined : hindrance(slot.name, slots(), missing)

  const missing = (name: string) => {
    const other = slots().find(({ called }) => called() === name)
    return other === undefined ? absent(name) : `is called ${other.name} here, as its file is`
  }

  /** Those that run and require it. */
  const dependants = (name: string) =>
    slots().flatMap(({ requires, made }) => (requires.includes(name) ? (made() ?? []) : []))

  return {
    hindranceOf,
    admit: (slot, requires) => {
      const check = Effect.suspend(() => {
        const others = slots().map((one): Needy => (one === slot ? { name: slot.name, requires } : one))
        const why = requires.length === 0 ? undefined : hindrance(slot.name, others, missing)
        return why === undefined ? Effect.void : Effect.fail(new NotAdmitted(`plugin ${slot.name} ${why}`))
      })
      const needed = slots().filter(({ name }) => requires.includes(name))
      const waiting = Effect.forEach(needed, ({ begun }) => begun, { concurrency: "unbounded", discard: true })
      return Effect.andThen(check, Effect.andThen(waiting, check))
    },
    onBarred: () => {
      for (const slot of slots()) {
        const why = hindranceOf(slot)
        if (slot.made() !== undefined && why !== undefined) void slot.end(`it ${why}`).then(() => changes.next())
      }
    },
    onStarted: (slot) => {
      for (const one of dependants(slot.name)) if (one.reason() === outOfUse(slot.name)) one.restored()
      const lost = slots().filter(({ name, made }) => slot.requires.includes(name) && made()?.state() === "quarantined")
      for (const { name } of lost) slot.made()?.degrade(outOfUse(name))
      changes.next()
    },
    lost: (name) => {
      for (const one of dependants(name)) one.degrade(outOfUse(name))
    }
  }
}

const outOfUse = (name: string): string => `it requires ${name}, which is out of use`

/** One plugin under repair: its code, what runs in place of it, what its calls were, and how much may still be tried. */
import * as Effect from "effect/Effect"
import type { Overlay, SeamView } from "../../healing/ledger.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Host } from "../hosts/host.ts"
import { type HealBudget, healBudget } from "./budget.ts"
import type { HealingDesk } from "./desk.ts"
import { type CallShelf, callShelf } from "./tape.ts"

/** What a healer needs of the plugin that it belongs to. */
export interface Charge {
  readonly name: string
  /** Real absolute paths. */
  readonly module: string
  readonly root: string
  readonly host: () => Host | undefined
  readonly plugin: () => Plugin | undefined
  readonly isRunning: () => boolean
  /** New code beside the old, both or nothing; resolves when the new runs. */
  readonly exchange: Effect.Effect<void, unknown>
  /** Something is missing from now on. */
  readonly degrade: (reason: string) => void
}

export interface Ward extends Charge {
  readonly desk: HealingDesk
  readonly shelf: CallShelf
  readonly budget: HealBudget
  readonly version: () => number
  /** What runs has been changed within its place, or beside its code. */
  readonly bump: () => void
  /** What is to run in place of its files, as the ledger has it now. */
  readonly overlay: Effect.Effect<Overlay>
  /** The same, for a place that is about to be loaded with it. */
  readonly loading: Effect.Effect<Overlay>
  /** Whether it is what runs: another process, or the user, may have changed the ledger. */
  readonly isCurrent: (overlay: Overlay) => boolean
  /** Seams behind what runs now, oldest first. */
  readonly standing: () => ReadonlyArray<SeamView>
  /** Something was put into the place that runs. */
  readonly injected: (seam: SeamView) => void
  readonly renewed: () => void
  /** Calls that went well since the seam was made, in this process. */
  readonly goodCalls: (seam: string) => number
  readonly countGood: () => void
  /** An example of the tool does not hold, and nothing could mend it: whoever calls it shall know, as long as this code runs. */
  readonly flawed: (tool: string, flaw: string) => void
  readonly flawsOf: (tool: string) => ReadonlyArray<string>
}

const nothing: Overlay = { sources: new Map(), seams: [], stale: [] }

const idsOf = (seams: ReadonlyArray<SeamView>): string => seams.map(({ id }) => id).join()

export const openWard = (charge: Charge, desk: HealingDesk): Ward => {
  let version = 0
  let next: Overlay = nothing
  let standing: ReadonlyArray<SeamView> = []
  let injections: ReadonlyArray<SeamView> = []
  const good = new Map<string, number>()
  const flaws = new Map<string, string>()

  const overlay = Effect.promise(async () => {
    if (!desk.settings.enabled) return nothing
    const ledger = await desk.ledger()
    const overlay = ledger.overlay(charge.root)
    for (const path of overlay.stale)
      desk.log(`${charge.name}: ${path} was edited since it was mended, so its repairs are not used`)
    return overlay
  }).pipe(
    // A plugin runs without its repairs rather than not at all.
    Effect.catchDefect((defect) =>
      Effect.sync(() => {
        charge.degrade(`its repairs cannot be read: ${defect instanceof Error ? defect.message : String(defect)}`)
        return nothing
      })
    )
  )

  return {
    ...charge,
    desk,
    shelf: callShelf(),
    budget: healBudget(),
    version: () => version,
    bump: () => void version++,
    overlay,
    loading: Effect.tap(overlay, (read) => Effect.sync(() => void (next = read))),
    isCurrent: ({ seams }) => idsOf(seams) === idsOf(standing),
    standing: () => [...standing, ...injections],
    injected: (seam) => void (injections = [...injections, seam]),
    renewed: () => {
      if (idsOf(next.seams) !== idsOf(standing)) {
        version++
        flaws.clear()
      }
      standing = next.seams
      injections = []
    },
    goodCalls: (seam) => good.get(seam) ?? 0,
    flawed: (tool, flaw) => void flaws.set(tool, flaw),
    flawsOf: (tool) => {
      const flaw = flaws.get(tool)
      return flaw === undefined ? [] : [flaw]
    },
    countGood: () => {
      for (const { id } of [...standing, ...injections]) good.set(id, (good.get(id) ?? 0) + 1)
    }
  }
}

/** A plugin's place on the shelf, as the others see it, and what it is made from. */
import type * as Effect from "effect/Effect"
import type { InspectionEvent } from "xstate"
import type { PluginNews } from "../../machines/events.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { HealingDesk } from "../healing/desk.ts"
import type { pluginHealer } from "../healing/plugin-healer.ts"
import type { Host } from "../hosts/host.ts"
import type { Manifest } from "../hosts/manifest.ts"
import type { NotAdmitted, PluginActor } from "../plugin.ts"
import type { Settings } from "../settings.ts"
import type { Order, Settled } from "../tool/order.ts"
import type { Tree } from "../tree.ts"
import type { Flags } from "./flag-values.ts"
import type { PluginHooks } from "./hooks.ts"
import type { foretold, ManifestCache } from "./manifest-cache.ts"
import type { Needy } from "./requirements.ts"
import type { Guard } from "./slot-guard.ts"
import type { PlacedPlugin } from "./sources.ts"

export interface Slot extends Needy, Guard {
  readonly placed: PlacedPlugin
  /**
   * session: what it brings is not known before its code was loaded, or it may have something to start · background: it is
   * known, and listens · use: its first call begins it.
   */
  readonly begins: "session" | "background" | "use"
  readonly actor: () => PluginActor
  /** When it was made already. */
  readonly made: () => PluginActor | undefined
  /** What it brings as far as it is known; nothing while something keeps it from being loaded. */
  readonly plugin: () => Plugin | undefined
  readonly manifest: () => Manifest | undefined
  /** What its own code calls it; it goes by `name` all the same. */
  readonly called: () => string | undefined
  readonly hooks: PluginHooks
  /** Into the tree, once. */
  readonly begin: Effect.Effect<void>
  /** Begun, and running or failed for the first time. */
  readonly begun: Effect.Effect<void>
  /** Begun, and running; fails when it is out of use. */
  readonly running: Effect.Effect<Host, Answer>
  readonly settle: (order: Order) => Effect.Effect<Settled>
  /** Out of the tree, after the calls that are under way. It may be begun again. */
  readonly end: (why: string) => Promise<void>
  /** The same, and never again. */
  readonly close: (why: string) => Promise<void>
}

/** What modules need and objects do not; loaded with the first module. */
export interface ModuleCare {
  readonly healer: typeof pluginHealer
  /** Absent: what plugins bring is not remembered. */
  readonly cache: ManifestCache | undefined
  readonly foretold: typeof foretold
}

export interface SlotParts {
  readonly tree: Pick<Tree, "plugins" | "hosts">
  readonly cwd: string
  readonly settings: Settings
  readonly desk: HealingDesk
  readonly flags: Flags
  /** There for every module. */
  readonly care: ModuleCare | undefined
  readonly inspect: ((event: InspectionEvent) => void) | undefined
  /** Resolves when what had its name before is gone. */
  readonly after: () => Promise<void> | undefined
  readonly onNews: (news: PluginNews) => void
  /** A version of its code runs. */
  readonly onStarted: (slot: Slot) => void
  /** Why it may not be loaded, as the end of a sentence about it. */
  readonly hindrance: (slot: Slot) => string | undefined
  /** Resolves when what it requires has begun. */
  readonly admit: (slot: Slot, requires: ReadonlyArray<string>) => Effect.Effect<void, NotAdmitted>
  /** It was not admitted. */
  readonly onBarred: () => void
}

/** The plugins of a runtime, as channels see and change them. */
import type { PluginFlag } from "../../plugins/extensions.ts"
import type { HookName } from "../../plugins/hooks.ts"
import type { PluginState, Tier } from "../health.ts"
import type { Place } from "../hosts/host.ts"

export type { Tier } from "../health.ts"

/** By the names that they go by here, as far as they can be told without reading every file. */
export interface Brought {
  /** Absolute path of the plugin's folder. */
  readonly folder: string
  /** `plugin:name` */
  readonly skills: ReadonlyArray<string>
  readonly commands: ReadonlyArray<string>
  readonly agents: ReadonlyArray<string>
  /** `PreToolUse: command`, as written. */
  readonly hooks: ReadonlyArray<string>
  /** `plugin:name:server: command or address`, as written. */
  readonly servers: ReadonlyArray<string>
  /** What means nothing here. */
  readonly unsupported: ReadonlyArray<string>
  /** What is wrong with some of it, a line each. */
  readonly problems: ReadonlyArray<string>
}

export interface PluginView {
  readonly name: string
  readonly tier: Tier
  /** Absolute path of its module; absent for objects, and of one without code. */
  readonly module?: string
  /** Where its code runs; absent when it has none. */
  readonly place?: Place
  /** What its folder brings beside code; absent when it brings nothing. */
  readonly brings?: Brought
  readonly version?: string
  readonly description?: string
  /**
   * shadowed: a higher tier has one of its name · untrusted: its folder is not trusted, so it was not run · disabled: by the
   * user · broken: what is there cannot be a plugin, or something that it requires is missing.
   */
  readonly state: PluginState | "shadowed" | "untrusted" | "disabled" | "broken"
  /** What is wrong with it, or what stands above it, in one line; empty when nothing is. */
  readonly reason: string
  /** Names; empty while nobody knows them. */
  readonly tools: ReadonlyArray<string>
  readonly hooks: ReadonlyArray<HookName>
  readonly requires: ReadonlyArray<string>
}

export interface RuntimePlugins {
  /** In the order of loading, those that do not count last. Runs nothing. */
  readonly list: () => ReadonlyArray<PluginView>
  /** From now on, in all sessions; their tools are there at the next round. @throws when there is none of that name, or it does not start. */
  readonly enable: (name: string) => Promise<void>
  /** Calls under way end first, within the time of a stop. Those that require it are disabled with it. @throws for a built-in one that is needed. */
  readonly disable: (name: string) => Promise<void>
  /**
   * Loads its code anew while it runs. Calls under way end with the old code, those that begin afterwards meet the new.
   * @throws when the new code cannot be loaded or started: then the old goes on.
   */
  readonly reload: (name: string) => Promise<void>
  /** Gives a quarantined one another chance. @throws when there is none of that name, or it does not start. */
  readonly revive: (name: string) => Promise<void>
  /** Options that plugins add to the command line, as far as they are known. */
  readonly flags: () => ReadonlyArray<PluginFlag & { readonly plugin: string }>
}

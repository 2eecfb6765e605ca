/** A plugin as channels see it. */
import { hookNames } from "../../plugins/hooks.ts"
import type { Manifest } from "../hosts/manifest.ts"
import type { PluginView } from "./runtime-plugins.ts"
import type { PassedPlugin, PlacedPlugin } from "./sources.ts"

type Seen = Pick<PlacedPlugin, "name" | "tier" | "place" | "version" | "description" | "declared">

const seen = ({ name, tier, place, version, description, declared }: Seen) => ({
  name,
  tier,
  place,
  ...(version === undefined ? {} : { version }),
  ...(description === undefined ? {} : { description }),
  tools: [],
  hooks: hookNames.filter((hook) => declared.includes(hook)),
  requires: []
})

export const viewOfPlaced = (one: PlacedPlugin, state: PluginView["state"], reason: string): PluginView => {
  const { source } = one
  return { ...seen(one), state, reason, ...("module" in source ? { module: source.module } : objectIn(source.plugin)) }
}

/** What an object brings is known whether it is loaded or not. */
const objectIn = (plugin: Extract<PlacedPlugin["source"], { readonly plugin: unknown }>["plugin"]) => ({
  tools: (plugin.tools ?? []).map(({ name }) => name),
  hooks: hookNames.filter((hook) => plugin[hook] !== undefined),
  requires: plugin.requires ?? []
})

/** @param off Why it is switched off: then it is not wanted, whatever is wrong with it. */
export const viewOfPassed = (one: PassedPlugin, off: string | undefined): PluginView => {
  const isOff = off !== undefined && one.state === "broken"
  return {
    ...seen(one),
    state: isOff ? "disabled" : one.state,
    reason: isOff ? `${off}; ${one.reason}` : one.reason,
    ...(one.module === undefined ? {} : { module: one.module })
  }
}

/** With what its code says of itself, when that is known. */
export const viewOfManifest = (view: PluginView, manifest: Manifest | undefined): PluginView => {
  if (manifest === undefined) return view
  const { version = view.version, description = view.description, tools, hooks, requires = [] } = manifest
  return {
    ...view,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    tools: tools.map(({ name }) => name),
    hooks: hookNames.filter((hook) => hooks.includes(hook)),
    requires
  }
}

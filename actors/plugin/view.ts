/** A plugin as channels see it. */
import { hookNames } from "../../plugins/hooks.ts"
import type { Manifest } from "../hosts/manifest.ts"
import type { PluginView } from "./runtime-plugins.ts"
import { brought } from "./brought.ts"
import type { CodelessPlugin, PassedPlugin, PlacedPlugin } from "./sources.ts"

type Seen = Pick<PassedPlugin, "name" | "tier" | "place" | "version" | "description" | "declared">

const seen = ({ name, tier, place, version, description, declared }: Seen) => ({
  name,
  tier,
  ...(place === undefined ? {} : { place }),
  ...(version === undefined ? {} : { version }),
  ...(description === undefined ? {} : { description }),
  tools: [],
  hooks: hookNames.filter((hook) => declared.includes(hook)),
  requires: []
})

export const viewOfPlaced = (one: PlacedPlugin, state: PluginView["state"], reason: string): PluginView => {
  const { source } = one
  return {
    ...seen(one),
    state,
    reason,
    ...("module" in source ? { module: source.module, ...broughtBy(one.name, one.folder) } : objectIn(source.plugin))
  }
}

const broughtBy = (name: string, folder: string | undefined): Pick<PluginView, "brings"> => {
  const brings = folder === undefined ? undefined : brought(name, folder)
  return brings === undefined ? {} : { brings }
}

/** What an object brings is known whether it is loaded or not. */
const objectIn = (plugin: Extract<PlacedPlugin["source"], { readonly plugin: unknown }>["plugin"]) => ({
  tools: (plugin.tools ?? []).map(({ name }) => name),
  hooks: hookNames.filter((hook) => plugin[hook] !== undefined),
  requires: plugin.requires ?? []
})

/** @param off Why it is switched off. */
export const viewOfCodeless = (one: CodelessPlugin, off: string | undefined): PluginView => ({
  ...seen(one),
  state: off === undefined ? "healthy" : "disabled",
  reason: off ?? "",
  ...broughtBy(one.name, one.folder)
})

/** @param off Why it is switched off: then it is not wanted, whatever is wrong with it. */
export const viewOfPassed = (one: PassedPlugin, off: string | undefined): PluginView => {
  const isOff = off !== undefined && one.state === "broken"
  return {
    ...seen(one),
    state: isOff ? "disabled" : one.state,
    reason: isOff ? `${off}; ${one.reason}` : one.reason,
    ...(one.module === undefined ? {} : { module: one.module }),
    ...broughtBy(one.name, one.folder)
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

/** The plugins of a runtime as a spec wants them, and what was asked of them. */
import type { PluginView, RuntimePlugins } from "../../../actors/plugin/runtime-plugins.ts"

export const pluginView = (name: string, more: Partial<PluginView> = {}): PluginView => ({
  name,
  tier: "local",
  place: "child",
  state: "healthy",
  reason: "",
  tools: [],
  hooks: [],
  requires: [],
  ...more
})

export interface FakePlugins extends RuntimePlugins {
  /** `reload words`, in order. */
  readonly asked: ReadonlyArray<string>
}

export const fakePlugins = (views: ReadonlyArray<PluginView>): FakePlugins => {
  const asked: Array<string> = []
  const order =
    (what: string) =>
    async (name: string): Promise<void> => {
      asked.push(`${what} ${name}`)
      if (!views.some((view) => view.name === name)) throw new Error(`there is no plugin ${name}`)
    }
  return {
    list: () => views,
    enable: order("enable"),
    disable: order("disable"),
    reload: order("reload"),
    revive: order("revive"),
    flags: () => [],
    asked
  }
}

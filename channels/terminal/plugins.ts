/** `/plugins` and `/reload`: the plugins of this runtime as rows, and the user's word on one of them. */
import type { PluginView, RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import { pluginRow } from "../cli/plugin-lines.ts"
import type { PluginOrder } from "./screen/state.ts"
import type { Item } from "./view/view.ts"

/** Rejects with the reason when it cannot be; then nothing is changed. */
export const orderPlugins = async (plugins: RuntimePlugins, order: PluginOrder): Promise<Item> => {
  if (order.type === "list") return note(listed(plugins.list()))
  await plugins[order.type](order.name)
  const view = plugins.list().find(({ name }) => name === order.name)
  const row = view === undefined ? [] : [pluginRow(view)]
  return note([`${order.name} ${told[order.type]}`, ...row].join("\n"))
}

const told = {
  enable: "is used from now on, in all sessions.",
  disable: "is not used any more; its tools are gone from the next round on.",
  reload: "was loaded anew; calls under way end with the old code.",
  revive: "gets another chance."
} as const

const note = (text: string): Item => ({ kind: "note", tone: "plain", text })

const listed = (views: ReadonlyArray<PluginView>): string =>
  views.length === 0 ? "There are no plugins." : views.map(pluginRow).join("\n")

/** Those that the user may say something about. */
export const pluginNames = (plugins: RuntimePlugins): ReadonlyArray<string> => [
  ...new Set(
    plugins
      .list()
      .filter(({ state }) => state !== "shadowed" && state !== "untrusted")
      .map(({ name }) => name)
  )
]

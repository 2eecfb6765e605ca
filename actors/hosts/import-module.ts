/** A plugin's module imported among us. */
import { pathToFileURL } from "node:url"
import type { Plugin } from "../../plugins/plugin.ts"
import { provided } from "./entry-files.ts"
import { HostFault, type PluginSource } from "./host.ts"
import { provide } from "./provide.ts"
import { readPlugin } from "./read-plugin.ts"
import { dataOf, errorOf } from "./thrown.ts"

/** @throws HostFault of kind `load`. */
export const importModule = async ({
  name,
  module
}: Extract<PluginSource, { readonly module: string }>): Promise<Plugin> => {
  try {
    provide(provided)
    const { plugin } = await readPlugin(await import(pathToFileURL(module).href))
    return plugin
  } catch (thrown) {
    const cause = errorOf(dataOf(thrown))
    const fault = { kind: "load", plugin: name, place: "in_process" } as const
    throw new HostFault(fault, `plugin ${name} cannot be loaded: ${cause.message}`, { cause })
  }
}

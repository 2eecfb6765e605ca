/** A plugin's module imported among us. */
import { provided } from "./entry-files.ts"
import { HostFault, type PluginSource } from "./host.ts"
import { addressOf, type OwnCode } from "./own-code.ts"
import { codeOf } from "./plugin-folder.ts"
import { provide } from "./provide.ts"
import { type ReadPlugin, readPlugin } from "./read-plugin.ts"
import { dataOf, errorOf } from "./thrown.ts"

/** How many there have been with texts of their own. */
let versions = 0

/** @throws HostFault of kind `load`. */
export const importModule = async ({
  name,
  module,
  sources = new Map(),
  packages
}: Extract<PluginSource, { readonly module: string }>): Promise<ReadPlugin> => {
  try {
    const { root, module: real } = codeOf(module)
    // As they are they are imported once; a version of its own is needed where that is not what is to run.
    const code: OwnCode = { root, sources, packages, version: sources.size === 0 ? 0 : ++versions }
    provide(provided, code)
    return await readPlugin(await import(addressOf(real, code)))
  } catch (thrown) {
    const cause = errorOf(dataOf(thrown))
    const fault = { kind: "load", plugin: name, place: "in_process" } as const
    throw new HostFault(fault, `plugin ${name} cannot be loaded: ${cause.message}`, { cause })
  }
}

/** Which plugins a runtime has, in which order, and where each of them runs. */
import { basename, extname, resolve } from "node:path"
import { builtins } from "../../plugins/builtin/index.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Place, PluginSource } from "../hosts/host.ts"
import type { Settings } from "../settings.ts"
import { offeredTools } from "../toolbox.ts"

export interface PlacedPlugin {
  /** Unique. A module's plugin goes by its file's name, until it has said its own. */
  readonly name: string
  readonly source: PluginSource
  readonly place: Place
}

/**
 * The built-in ones and the given ones: objects run in this process, modules where the settings say.
 *
 * @throws TypeError when two have one name, or two objects bring a tool of the same name.
 */
export const placed = (
  given: ReadonlyArray<Plugin | string>,
  { cwd, settings }: { readonly cwd: string; readonly settings: Settings }
): ReadonlyArray<PlacedPlugin> => {
  const all = [...builtins, ...given].map((one): PlacedPlugin => {
    if (typeof one !== "string") return { name: one.name, source: { plugin: one }, place: "in_process" }
    const module = resolve(cwd, one)
    const name = nameOf(module)
    return { name, source: { name, module }, place: settings.plugins.isolation }
  })
  const names = all.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TypeError(`two plugins are called ${twice}; rename one of them`)
  const objects = all.flatMap(({ source }) => ("plugin" in source ? [source.plugin] : []))
  const [clash] = offeredTools(objects.map(offering), settings).clashes
  if (clash !== undefined) throw new TypeError(`plugin ${clash.plugin}: ${clash.reason}`)
  return all
}

const offering = ({ name, tools = [] }: Plugin) => ({ name, tools })

/** `…/words/index.ts` is called words, `…/words.ts` too. */
const nameOf = (module: string): string => {
  const name = basename(module, extname(module))
  const telling = name === "index" || name === "main" ? basename(resolve(module, "..")) : name
  return telling.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64)
}

/** Which plugins there are, in which order, which of them count, and where each of them runs. */
import { basename, extname, resolve } from "node:path"
import type { FoundPlugin } from "../../plugins/discover.ts"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Place, PluginSource } from "../hosts/host.ts"
import type { Settings } from "../settings.ts"
import { offeredTools } from "../toolbox.ts"
import type { PluginView, Tier } from "./runtime-plugins.ts"
import { declaredHooks } from "./stubs.ts"

interface Known {
  readonly name: string
  readonly tier: Tier
  /** Absolute path of the file or folder that was found; absent when it was not looked for. */
  readonly folder?: string
  readonly version?: string
  readonly description?: string
  /** Name of its npm package. */
  readonly package?: string
  /** Hooks that its package promises. */
  readonly declared: ReadonlyArray<string>
}

/** One that counts. */
export interface PlacedPlugin extends Known {
  /** Unique. A module's plugin goes by this name, whatever it calls itself. */
  readonly name: string
  readonly place: Place
  readonly source: PluginSource
}

/** One that counts and has no code: nothing of it runs by itself, what it brings is read by whoever uses it. */
export interface CodelessPlugin extends Known {
  /** Absolute. */
  readonly folder: string
}

/** One that does not. */
export interface PassedPlugin extends Known, Pick<PluginView, "module" | "place" | "reason"> {
  readonly state: "shadowed" | "untrusted" | "broken"
}

export interface Roster {
  /** In the order of loading. */
  readonly placed: ReadonlyArray<PlacedPlugin>
  readonly codeless: ReadonlyArray<CodelessPlugin>
  readonly passed: ReadonlyArray<PassedPlugin>
}

export interface RosterParts {
  readonly cwd: string
  readonly settings: Settings
  readonly builtins: ReadonlyArray<Plugin>
  /** By the embedding program. */
  readonly given: ReadonlyArray<Plugin | string>
  /** In the order of loading. */
  readonly found: ReadonlyArray<FoundPlugin>
}

/**
 * The built-in ones, the given ones, those that were found. Objects run in this process, modules where the settings say.
 *
 * @throws TypeError when two of the program's have one name, or two objects bring a tool of the same name.
 */
export const roster = ({ cwd, settings, builtins, given, found }: RosterParts): Roster => {
  const { isolation } = settings.plugins
  const own = [
    ...builtins.map((plugin) => placedObject(plugin, "built-in")),
    ...given.map((one) =>
      typeof one === "string" ? placedModule(resolve(cwd, one), isolation) : placedObject(one, "given")
    )
  ]
  refuseClashes(own, settings)
  const placed = new Map(own.map((one) => [one.name, one]))
  const codeless = new Map<string, CodelessPlugin>()
  const passed: Array<PassedPlugin> = []
  for (const one of found) {
    const above = placed.get(one.name) ?? codeless.get(one.name)
    if (one.state !== "found") passed.push({ ...seen(one, isolation), state: one.state, reason: one.reason })
    else if (above !== undefined) passed.push({ ...seen(one, isolation), state: "shadowed", reason: shadowOf(above) })
    else if (one.module === undefined) codeless.set(one.name, { ...known(one), folder: one.path })
    else placed.set(one.name, ready(one, one.module, isolation))
  }
  return { placed: [...placed.values()], codeless: [...codeless.values()], passed }
}

const placedObject = (plugin: Plugin, tier: "built-in" | "given"): PlacedPlugin => ({
  ...about(plugin),
  name: plugin.name,
  tier,
  place: "in_process",
  source: { plugin },
  declared: []
})

const placedModule = (module: string, place: Place): PlacedPlugin => {
  const name = nameOf(module)
  return { name, tier: "given", place, source: { name, module }, declared: declaredHooks(module) }
}

const ready = (one: FoundPlugin, module: string, place: Place): PlacedPlugin => ({
  ...known(one),
  place,
  source: { name: one.name, module }
})

const seen = (one: FoundPlugin, place: Place) => ({
  ...known(one),
  ...(one.module === undefined ? {} : { place, module: one.module })
})

const known = (one: FoundPlugin): Known => ({
  ...about(one),
  name: one.name,
  tier: one.tier,
  folder: one.path,
  declared: one.hooks,
  ...(one.package === undefined ? {} : { package: one.package })
})

const about = ({ version, description }: Pick<Plugin, "version" | "description">) => ({
  ...(version === undefined ? {} : { version }),
  ...(description === undefined ? {} : { description })
})

const shadowOf = (above: PlacedPlugin | CodelessPlugin): string => {
  const { tier } = above
  if (!("source" in above)) return `${above.folder} (${tier}) has its name`
  const { source } = above
  return "module" in source ? `${source.module} (${tier}) has its name` : `a ${tier} plugin has its name`
}

/** The program's own are its to rename. */
const refuseClashes = (own: ReadonlyArray<PlacedPlugin>, settings: Settings): void => {
  const names = own.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TypeError(`two plugins are called ${twice}; rename one of them`)
  const objects = own.flatMap(({ source }) => ("plugin" in source ? [source.plugin] : []))
  const [clash] = offeredTools(objects.map(offering), settings).clashes
  if (clash !== undefined) throw new TypeError(`plugin ${clash.plugin}: ${clash.reason}`)
}

const offering = ({ name, tools = [] }: Plugin) => ({ name, tools })

/** `…/words/index.ts` is called words, `…/words.ts` too. */
const nameOf = (module: string): string => {
  const name = basename(module, extname(module))
  const telling = name === "index" || name === "main" ? basename(resolve(module, "..")) : name
  return telling.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64)
}

/** Built-in plugins that cannot be switched off: without task_done nobody checks the end of a task. */
const needed: ReadonlySet<string> = new Set(["task-done"])

export const isNeeded = ({ name, tier }: Pick<PlacedPlugin, "name" | "tier">): boolean =>
  tier === "built-in" && needed.has(name)

/** Why the user's settings keep it from being loaded; `undefined` when they do not. */
export const switchedOff = (
  one: Pick<PlacedPlugin, "name" | "tier">,
  { enabled, disabled }: Settings["plugins"]
): string | undefined => {
  if (isNeeded(one)) return undefined
  if (disabled.includes(one.name)) return "plugins.disabled in the configuration names it"
  if (one.tier === "built-in" || enabled.length === 0 || enabled.includes(one.name)) return undefined
  return "plugins.enabled in the configuration does not name it"
}

/** What keeps a plugin of this name from being loaded. */
export const whatIsWrong = (name: string, { placed, codeless, passed }: Roster): string => {
  if (placed.some((one) => one.name === name)) return "is disabled"
  if (codeless.some((one) => one.name === name)) return "has no code"
  const [found] = passed.filter((one) => one.name === name)
  if (found === undefined) return "is missing"
  return found.state === "untrusted" ? "lies in a folder that is not trusted" : `is broken: ${found.reason}`
}

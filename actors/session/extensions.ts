/** What plugins add to one session for its user, run with that session's ports. What comes back is checked; nothing rejects. */
import type * as Effect from "effect/Effect"
import type { Observable } from "rxjs"
import type { CommandResult, PluginCommand } from "../../plugins/extensions.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Host } from "../hosts/host.ts"
import type { ExtensionsManifest, Manifest } from "../hosts/manifest.ts"
import type { RunOptions, SessionExtensions } from "../session-extensions.ts"
import type { Workplace } from "../tool/order.ts"
import { named, readResult, runExtension, type Running } from "./run-extension.ts"

/** A plugin, as far as it adds something to sessions. */
export interface Extending {
  readonly name: string
  /** Absent while nobody knows what it brings. */
  readonly manifest: Manifest | undefined
  /** Those that come and go while it runs. */
  readonly commands?: () => ReadonlyArray<PluginCommand>
  /** Begins it and waits until it runs; fails when it is out of use. */
  readonly host: () => Effect.Effect<Host, Answer>
  /** It goes on, with something missing. */
  readonly degrade: (reason: string) => void
}

export interface ExtensionParts {
  readonly plugins: {
    /** In the order of loading. */
    readonly loaded: () => ReadonlyArray<Extending>
    /** It may say something else now. */
    readonly changes: Observable<void>
  }
  readonly workplace: Workplace
  /** Milliseconds for one rendering of a widget. */
  readonly hookTime: number
  /** Aborted when the session closes: what still runs ends with it. */
  readonly ended: AbortSignal
}

/** Characters of what a widget shows. */
const longest = 2000

/** Seconds between two renderings of a widget that does not say. */
const often = 5

export const sessionExtensions = ({ plugins, workplace, hookTime, ended }: ExtensionParts): SessionExtensions => {
  const { loaded, changes } = plugins
  /** Clashes and failures that were shown. */
  const told = new Set<string>()
  const degradeOnce = (from: Extending, reason: string): void => {
    if (told.has(`${from.name}: ${reason}`)) return
    told.add(`${from.name}: ${reason}`)
    from.degrade(reason)
  }

  /** Of two with one name the first counts. */
  const firsts = <Item>(
    kind: keyof ExtensionsManifest,
    itemsOf: (from: Extending) => ReadonlyArray<Item>,
    nameOf: (item: Item) => string
  ): ReadonlyMap<string, { readonly item: Item; readonly from: Extending }> => {
    const found = new Map<string, { readonly item: Item; readonly from: Extending }>()
    for (const from of loaded()) {
      for (const item of itemsOf(from)) {
        const first = found.get(nameOf(item))
        if (first === undefined) found.set(nameOf(item), { item, from })
        else degradeOnce(from, `${nameOf(item)} of its ${kind} is already brought by plugin ${first.from.name}`)
      }
    }
    return found
  }

  const commands = (): ReadonlyMap<string, { readonly item: Named; readonly from: Extending }> => {
    const found = new Map<string, { readonly item: Named; readonly from: Extending }>(
      firsts(
        "commands",
        ({ manifest }) => manifest?.extensions.commands ?? [],
        ({ name }) => name
      )
    )
    // What comes and goes yields to what was registered once for all, and that is nobody's fault.
    for (const from of loaded())
      for (const item of liveCommands(from)) if (!found.has(item.name)) found.set(item.name, { item, from })
    return found
  }
  const shortcuts = () =>
    firsts(
      "shortcuts",
      ({ manifest }) => manifest?.extensions.shortcuts ?? [],
      ({ key }) => key
    )
  const widgets = () =>
    loaded().flatMap((from) => (from.manifest?.extensions.widgets ?? []).map((item) => ({ item, from })))

  const runningOf = (from: Extending, time: number, { signal, onProgress }: RunOptions = {}): Running => ({
    workplace,
    plugin: from.name,
    host: from.host,
    time,
    end: signal === undefined ? ended : AbortSignal.any([ended, signal]),
    onProgress
  })

  /** Of a plugin's own names the one that it registered once for all counts. */
  const runNamed =
    (from: Extending | undefined, name: string, argument: string): Parameters<typeof runExtension>[1] =>
    ({ commands: registered }, context) =>
      named([...registered, ...(from === undefined ? [] : liveCommands(from))], name).run(argument, context)

  /** Whatever happens is an answer for people. */
  const run = async (
    from: Extending | undefined,
    what: string,
    act: Parameters<typeof runExtension>[1],
    options?: RunOptions
  ): Promise<CommandResult> => {
    if (from === undefined) return { show: `There is no ${what} here.` }
    const whole = `${what} of plugin ${from.name}`
    try {
      return readResult(await runExtension(runningOf(from, workplace.timeout, options), act), whole)
    } catch (error) {
      return { show: `${whole} failed: ${messageOf(error)}` }
    }
  }

  return {
    changes,
    commands: () =>
      Array.from(commands().values(), ({ item, from }) => {
        const { name, description, argument = "", said } = item
        return { plugin: from.name, name, description, argument, ...(said === true && { said }) }
      }),
    shortcuts: () =>
      Array.from(shortcuts().values(), ({ item: { key, description }, from }) => ({
        plugin: from.name,
        key,
        description
      })),
    widgets: () =>
      widgets().map(({ item: { name, place, every = often }, from }) => ({ plugin: from.name, name, place, every })),
    runCommand: (name, argument, options) => {
      const from = commands().get(name)?.from
      return run(from, `/${name}`, runNamed(from, name, argument), options)
    },
    pressShortcut: (key, options) =>
      run(shortcuts().get(key)?.from, key, ({ shortcuts }, context) => named(shortcuts, key).run(context), options),
    renderWidget: async (plugin, name) => {
      const from = loaded().find((one) => one.name === plugin)
      if (from === undefined) return ""
      try {
        const text = await runExtension(runningOf(from, hookTime), ({ widgets }, context) =>
          named(widgets, name).render(context)
        )
        if (typeof text === "string") return text.slice(0, longest)
        throw new TypeError(`it must render a text, not ${typeof text}`)
      } catch (error) {
        degradeOnce(from, `its widget ${name} failed: ${messageOf(error)}`)
        return ""
      }
    }
  }
}

type Named = Omit<PluginCommand, "run">

/** They were never looked at when their plugin was loaded. */
const liveCommands = ({ commands }: Extending): ReadonlyArray<PluginCommand> =>
  (commands?.() ?? []).filter(({ name }) => plainName.test(name) || anyName.test(name))

const plainName = /^[a-z0-9][a-z0-9_-]{0,127}$/
/** In any script; where that is needed first, its tables take some milliseconds. */
const anyName = /^(?!.*\p{Lu})[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,127}$/u

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

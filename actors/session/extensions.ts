/** What plugins add to one session for its user, run with that session's ports. What comes back is checked; nothing rejects. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Observable } from "rxjs"
import type { CommandContext, CommandResult, Extensions } from "../../plugins/extensions.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { Host } from "../hosts/host.ts"
import type { ExtensionsManifest, Manifest } from "../hosts/manifest.ts"
import type { RunOptions, SessionExtensions } from "../session-extensions.ts"
import type { Workplace } from "../tool/order.ts"

/** A plugin, as far as it adds something to sessions. */
export interface Extending {
  readonly name: string
  /** Absent while nobody knows what it brings. */
  readonly manifest: Manifest | undefined
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

/** Characters of what one command shows or says, and of what a widget shows. */
const longest = { result: 100_000, widget: 2000 }

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
    itemsOf: (extensions: ExtensionsManifest) => ReadonlyArray<Item>,
    nameOf: (item: Item) => string
  ): ReadonlyMap<string, { readonly item: Item; readonly from: Extending }> => {
    const found = new Map<string, { readonly item: Item; readonly from: Extending }>()
    for (const from of loaded()) {
      for (const item of from.manifest === undefined ? [] : itemsOf(from.manifest.extensions)) {
        const first = found.get(nameOf(item))
        if (first === undefined) found.set(nameOf(item), { item, from })
        else degradeOnce(from, `${nameOf(item)} of its ${kind} is already brought by plugin ${first.from.name}`)
      }
    }
    return found
  }

  const commands = () =>
    firsts(
      "commands",
      (all) => all.commands,
      ({ name }) => name
    )
  const shortcuts = () =>
    firsts(
      "shortcuts",
      (all) => all.shortcuts,
      ({ key }) => key
    )
  const widgets = () =>
    loaded().flatMap((from) => (from.manifest?.extensions.widgets ?? []).map((item) => ({ item, from })))

  /** Whatever happens is an answer for people. */
  const run = (
    from: Extending | undefined,
    what: string,
    act: (extensions: Extensions, context: CommandContext) => unknown,
    options: RunOptions = {}
  ): Promise<CommandResult> => {
    if (from === undefined) return Promise.resolve({ show: `There is no ${what} here.` })
    const { timeout } = workplace
    const end = options.signal === undefined ? ended : AbortSignal.any([ended, options.signal])
    const running = within(from, timeout, act, contextOf(workplace, from.name, options), end)
    return running.then(
      (value) => readResult(value, `${what} of plugin ${from.name}`),
      (error: unknown) => ({ show: `${what} of plugin ${from.name} failed: ${messageOf(error)}` })
    )
  }

  return {
    changes,
    commands: () =>
      Array.from(commands().values(), ({ item, from }) => {
        const { name, description, argument = "" } = item
        return { plugin: from.name, name, description, argument }
      }),
    shortcuts: () =>
      Array.from(shortcuts().values(), ({ item: { key, description }, from }) => ({
        plugin: from.name,
        key,
        description
      })),
    widgets: () =>
      widgets().map(({ item: { name, place, every = often }, from }) => ({ plugin: from.name, name, place, every })),
    runCommand: (name, argument, options) =>
      run(
        commands().get(name)?.from,
        `/${name}`,
        (all, context) => named(all.commands, name).run(argument, context),
        options
      ),
    pressShortcut: (key, options) =>
      run(shortcuts().get(key)?.from, key, ({ shortcuts }, context) => named(shortcuts, key).run(context), options),
    renderWidget: async (plugin, name) => {
      const from = loaded().find((one) => one.name === plugin)
      if (from === undefined) return ""
      try {
        const rendering = (all: Extensions, context: CommandContext) => named(all.widgets, name).render(context)
        const text = await within(from, hookTime, rendering, contextOf(workplace, plugin, {}), ended)
        if (typeof text === "string") return text.slice(0, longest.widget)
        throw new TypeError(`it must render a text, not ${typeof text}`)
      } catch (error) {
        degradeOnce(from, `its widget ${name} failed: ${messageOf(error)}`)
        return ""
      }
    }
  }
}

/** @throws Error when the code that runs now does not bring it any more. */
const named = <Item extends { readonly name: string } | { readonly key: string }>(
  items: ReadonlyArray<Item>,
  name: string
): Item => {
  const found = items.find((item) => ("name" in item ? item.name : item.key) === name)
  if (found !== undefined) return found
  throw new Error("the plugin does not bring it any more")
}

/** Its code is begun, and runs, in that time; the end of it aborts the signal. */
const within = async (
  from: Extending,
  time: number,
  act: (extensions: Extensions, context: CommandContext) => unknown,
  contextFor: (signal: AbortSignal) => CommandContext,
  end: AbortSignal
): Promise<unknown> => {
  const late = `it took longer than ${time / 1000} s and was stopped`
  const running = Effect.flatMap(Effect.mapError(from.host(), refused), ({ extensions }) =>
    Effect.tryPromise({
      try: async (signal) => act(extensions, contextFor(signal)),
      catch: (error) => error
    })
  )
  const timed = Effect.timeoutOrElse(running, { duration: time, orElse: () => Effect.fail(new Error(late)) })
  const exit = await Effect.runPromiseExit(timed, { signal: end })
  if (Exit.isSuccess(exit)) return exit.value
  throw end.aborted ? new Error("it was stopped") : Cause.squash(exit.cause)
}

const refused = ({ error = "it is out of use" }: Answer): Error => new Error(error)

const contextOf =
  (workplace: Workplace, plugin: string, { onProgress = () => {} }: RunOptions) =>
  (signal: AbortSignal): CommandContext => {
    const { cwd, files, exec, session, storesOf, agentsOf, log } = workplace
    return {
      signal,
      progress: (text) => {
        if (!signal.aborted) onProgress(String(text))
      },
      log: (message) => log(`${plugin}: ${message}`),
      cwd,
      files,
      exec,
      fetch,
      session,
      store: storesOf(plugin),
      agents: agentsOf(undefined, signal)
    }
  }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const readResult = (value: unknown, what: string): CommandResult => {
  if (value === undefined || value === null) return {}
  if (typeof value === "string") return { show: cut(value) }
  const { show, say } = (typeof value === "object" ? value : {}) as Readonly<Record<"show" | "say", unknown>>
  const isRead = [show, say].every((text) => text === undefined || typeof text === "string")
  if (!isRead || (show === undefined && say === undefined && typeof value !== "object"))
    return { show: `${what} failed: it must give nothing, a text or { show?, say? }` }
  return {
    ...(typeof show === "string" ? { show: cut(show) } : {}),
    ...(typeof say === "string" && say.trim() !== "" ? { say: cut(say) } : {})
  }
}

const cut = (text: string): string => (text.length <= longest.result ? text : `${text.slice(0, longest.result)}…`)

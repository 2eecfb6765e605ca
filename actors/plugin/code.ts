/**
 * A plugin's code, version after version. A new one is loaded beside the old: when that succeeds, calls that begin from
 * then on meet the new, those under way end with the old, which is let go after them; when it fails, the old goes on.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Plugin } from "../../plugins/plugin.ts"
import type { Tool } from "../../plugins/tool.ts"
import type { Host } from "../hosts/host.ts"
import type { Flags } from "./flag-values.ts"
import { withTools } from "./live-tools.ts"

export interface PluginCode {
  /** From the first loading to the end of the newest version; it never succeeds. */
  readonly life: Effect.Effect<never, unknown>
  /** As it was loaded last. */
  readonly plugin: () => Plugin | undefined
  readonly host: () => Host | undefined
  /** Both or nothing. Fails with what the new version failed with, or when none runs. Resolves when the old one is gone. */
  readonly reload: Effect.Effect<void, unknown>
  /** The same, for whoever cannot wait for calls that are under way in the old one: resolves when the new one runs. */
  readonly exchange: Effect.Effect<void, unknown>
}

interface Version {
  readonly host: Host
  readonly plugin: Plugin
  readonly scope: Scope.Closeable
  /** Resolves when no call is under way in it. */
  readonly quiet: () => Promise<void>
}

export interface CodeParts {
  /** What it brings before it was ever loaded. */
  readonly known: Plugin | undefined
  readonly open: Effect.Effect<Host, unknown, Scope.Scope>
  readonly cwd: string
  /** Values for its `start`. */
  readonly flagsOf: (host: Host) => Flags
  /** A version runs. */
  readonly onStarted: (host: Host) => void
  /** Looks at what was loaded before it is started. Fails with why it may not be. */
  readonly admit: (plugin: Plugin) => Effect.Effect<void, unknown>
  /** It cannot be loaded or started. @returns whether something was mended, so that it is worth another try. */
  readonly mend: (error: unknown) => Effect.Effect<boolean>
}

/** Faults of one plugin that may be mended one after another before it runs. */
const mostFaults = 6

/** Milliseconds that the calls of an old version have to end. */
const patience = 120_000

export const pluginCode = (parts: CodeParts): PluginCode => {
  let loaded = parts.known
  let current: Version | undefined
  let home: Scope.Scope | undefined
  let replaced = Deferred.makeUnsafe<void>()
  const oneAtATime = Semaphore.makeUnsafe(1)

  const adopt = (version: Version) => {
    current = version
    loaded = version.plugin
    parts.onStarted(version.host)
  }

  const life = Effect.gen(function* () {
    home = yield* Effect.scope
    adopt(yield* beginMended(parts, home))
    for (;;) yield* Effect.raceFirst((current as Version).host.ended, Deferred.await(replaced))
  }).pipe(Effect.scoped, Effect.ensuring(Effect.sync(() => ([current, home] = [undefined, undefined]))))

  /** @returns the version that was replaced, and where it lives. */
  const swap = Effect.gen(function* () {
    if (current === undefined || home === undefined) return yield* Effect.fail(new Error("it does not run"))
    const [old, around] = [current, home]
    adopt(yield* begin(parts, home))
    const told = replaced
    replaced = Deferred.makeUnsafe()
    yield* Deferred.succeed(told, undefined)
    return { old, around }
  })
  const letGo = ({ quiet, scope }: Version) =>
    Effect.andThen(Effect.timeoutOption(Effect.promise(quiet), patience), Scope.close(scope, Exit.void))
  const free = oneAtATime.release(1)
  return {
    life,
    plugin: () => loaded,
    host: () => current?.host,
    reload: oneAtATime.withPermit(Effect.flatMap(swap, ({ old }) => letGo(old))),
    exchange: Effect.uninterruptible(
      Effect.andThen(
        oneAtATime.take(1),
        Effect.onError(swap, () => free)
      ).pipe(
        Effect.flatMap(({ old, around }) => Effect.forkIn(Effect.ensuring(letGo(old), free), around)),
        Effect.asVoid
      )
    )
  }
}

/** Faults at load are mended before they count: without its code the plugin has nothing to offer anyway. */
const beginMended = (parts: CodeParts, home: Scope.Scope, more = mostFaults): Effect.Effect<Version, unknown> =>
  begin(parts, home).pipe(
    Effect.catch((error) =>
      Effect.flatMap(more > 0 ? parts.mend(error) : Effect.succeed(false), (mended) =>
        mended ? beginMended(parts, home, more - 1) : Effect.fail(error)
      )
    )
  )

/** Milliseconds for a plugin's own start. */
const startTime = 30_000
const tooSlow = new Error(`its start took longer than ${startTime / 1000} s`)

/** Loads and starts a version; one that fails leaves nothing behind. */
const begin = ({ open, admit, cwd, flagsOf }: CodeParts, home: Scope.Scope): Effect.Effect<Version, unknown> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(home)
    const starting = Effect.gen(function* () {
      const host = yield* open
      yield* admit(host.plugin)
      const starting = Effect.tryPromise({
        try: async () => host.plugin.start?.({ cwd, flags: flagsOf(host) }),
        catch: (error) => error
      })
      yield* Effect.timeoutOrElse(starting, { duration: startTime, orElse: () => Effect.fail(tooSlow) })
      return { host, scope, ...counted(host.plugin) }
    })
    return yield* Effect.onExit(Scope.provide(starting, scope), (exit) =>
      Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)
    )
  })

/** The plugin, its calls counted. */
const counted = (plugin: Plugin): Pick<Version, "plugin" | "quiet"> => {
  let open = 0
  let quiet = Promise.withResolvers<void>()
  const execute = async (tool: Tool, ...given: Parameters<Tool["execute"]>) => {
    open += 1
    try {
      return await tool.execute(...given)
    } finally {
      open -= 1
      if (open === 0) {
        quiet.resolve()
        quiet = Promise.withResolvers()
      }
    }
  }
  return {
    plugin: withTools(plugin, plugin, (tool) => ({ ...tool, execute: (...given) => execute(tool, ...given) })),
    quiet: () => (open === 0 ? Promise.resolve() : quiet.promise)
  }
}

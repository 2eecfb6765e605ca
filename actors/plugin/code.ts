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

export interface PluginCode {
  /** From the first loading to the end of the newest version; it never succeeds. */
  readonly life: Effect.Effect<never, unknown>
  /** As it was loaded last. */
  readonly plugin: () => Plugin | undefined
  readonly host: () => Host | undefined
  /** Both or nothing. Fails with what the new version failed with, or when none runs. */
  readonly reload: Effect.Effect<void, unknown>
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
  /** A version runs. */
  readonly onStarted: (host: Host) => void
}

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
    adopt(yield* begin(parts, home))
    for (;;) yield* Effect.raceFirst((current as Version).host.ended, Deferred.await(replaced))
  }).pipe(Effect.scoped, Effect.ensuring(Effect.sync(() => ([current, home] = [undefined, undefined]))))

  const reload = Effect.gen(function* () {
    if (current === undefined || home === undefined) return yield* Effect.fail(new Error("it does not run"))
    const old = current
    adopt(yield* begin(parts, home))
    const told = replaced
    replaced = Deferred.makeUnsafe()
    yield* Deferred.succeed(told, undefined)
    yield* Effect.promise(old.quiet).pipe(Effect.timeoutOption(patience))
    yield* Scope.close(old.scope, Exit.void)
  })
  return {
    life,
    plugin: () => loaded,
    host: () => current?.host,
    reload: oneAtATime.withPermit(reload)
  }
}

/** Milliseconds for a plugin's own start. */
const startTime = 30_000
const tooSlow = new Error(`its start took longer than ${startTime / 1000} s`)

/** Loads and starts a version; one that fails leaves nothing behind. */
const begin = ({ open, cwd }: CodeParts, home: Scope.Scope): Effect.Effect<Version, unknown> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(home)
    const starting = Effect.gen(function* () {
      const host = yield* open
      const starting = Effect.tryPromise({ try: async () => host.plugin.start?.({ cwd }), catch: (error) => error })
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
  const tools = plugin.tools?.map((tool): Tool => ({ ...tool, execute: (...given) => execute(tool, ...given) }))
  return {
    plugin: tools === undefined ? plugin : { ...plugin, tools },
    quiet: () => (open === 0 ? Promise.resolve() : quiet.promise)
  }
}

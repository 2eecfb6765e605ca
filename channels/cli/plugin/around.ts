/** What every command about plugins starts from: the configuration here, the plugins that it makes of what lies around. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { loadConfig } from "../../../actors/config.ts"
import { folders, homeOf } from "../../../actors/folders.ts"
import { NotManaged } from "../../../actors/manage/not-managed.ts"
import { type ListedPlugin, listPlugins } from "../../../actors/plugin/list-plugins.ts"
import { type ManifestCache, manifestFolder, openManifestCache } from "../../../actors/plugin/manifest-cache.ts"
import type { Settings } from "../../../actors/settings.ts"
import { nearest } from "../../../llm/nearest.ts"
import { findProvider } from "../../../llm/catalog/providers.ts"
import { projectPlugins, userPlugins } from "../../../plugins/discover.ts"
import { CliError, type Io } from "../io.ts"

export type Scope = "global" | "local"

export interface Around {
  readonly settings: Settings
  readonly trusted: boolean
  /** With what a trusted folder's `.env` adds. */
  readonly env: Io["env"]
  readonly plugins: () => Promise<ReadonlyArray<ListedPlugin>>
}

/** @throws ConfigError when a file or variable is wrong. */
export const look = async (io: Io): Promise<Around> => {
  const { cwd } = io
  const home = homeOf(io.env)
  const isProvider = (id: string) => findProvider(id) !== undefined
  const { settings, trusted, env } = await loadConfig({ cwd, env: io.env, home, isProvider })
  return { settings, trusted, env, plugins: () => listPlugins({ cwd, env, home, settings, trusted }) }
}

/** Absolute path of the npm project; it need not exist. */
export const folderOf = (io: Io, scope: Scope): string =>
  scope === "local" ? projectPlugins(io.cwd) : userPlugins(folders({ env: io.env, home: homeOf(io.env) }).config)

/** What plugins brought when they were loaded last: so that much is known of them before they run. */
export const manifestsOf = ({ env }: Io): ManifestCache =>
  openManifestCache(manifestFolder(folders({ env, home: homeOf(env) }).cache))

/** Those of that name, the one that counts first. @throws CliError 1 saying what is near. */
export const named = (plugins: ReadonlyArray<ListedPlugin>, name: string): ReadonlyArray<ListedPlugin> => {
  const found = plugins.filter((one) => one.name === name)
  const those = found.length > 0 ? found : plugins.filter((one) => one.package === name)
  if (those.length > 0) return those.toSorted((one, other) => rank(one) - rank(other))
  const [near] = nearest(
    name,
    plugins.map((one) => one.name)
  )
  const hint = near === undefined ? "see: kintsugi plugin list" : `did you mean ${near}?`
  throw new CliError(1, `there is no plugin ${JSON.stringify(name)}; ${hint}`)
}

const rank = ({ state }: ListedPlugin): number => (state === "shadowed" ? 1 : 0)

/** A signal ends it and all that it started. @throws CliError */
export const carriedOut = async <A>(work: Effect.Effect<A, NotManaged>): Promise<A> => {
  const stop = new AbortController()
  let code = 130
  const ending = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal, n) => {
    const end = () => {
      code = [130, 143, 129][n] ?? 130
      stop.abort()
    }
    process.on(signal, end)
    return () => void process.off(signal, end)
  })
  const exit = await Effect.runPromiseExit(work, { signal: stop.signal })
  for (const off of ending) off()
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.hasInterruptsOnly(exit.cause)) throw new CliError(code, "interrupted")
  const failure = Cause.findErrorOption(exit.cause)
  if (Option.isSome(failure)) throw said(failure.value)
  throw Cause.squash(exit.cause)
}

/** What the functions of `actors/manage` throw. */
export const said = (error: unknown): unknown =>
  error instanceof NotManaged ? new CliError(error.needsWord ? 3 : error.isUsage ? 2 : 1, error.message) : error

/** Opens the place that was asked for, and keeps a warm spare for the next child. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { within } from "../../plugins/ports/within.ts"
import { spawnChild } from "./child.ts"
import { provided } from "./entry-files.ts"
import { farPlugin } from "./far-plugin.ts"
import {
  defaultLimits,
  type Host,
  HostFault,
  type HostOptions,
  type Hosts,
  type Limits,
  type Place,
  type PluginSource
} from "./host.ts"
import { inProcess, readSource } from "./in-process.ts"
import { codeOf } from "./plugin-folder.ts"
import { type Remote, remote } from "./remote.ts"
import { type SpareKeeper, spareKeeper } from "./spare.ts"
import type { Transport } from "./transport.ts"
import { startWorker } from "./worker.ts"

/** A place being opened. */
interface Opening {
  readonly loaded: Promise<Host>
  /** Asks, within its time, then ends it; resolves when it is gone. */
  readonly close: () => Promise<void>
}

interface Household {
  readonly options: HostOptions
  readonly limits: Limits
  readonly spare: SpareKeeper
  readonly remotes: Set<Remote>
}

/** The places of one runtime. */
export const hosts = (options: HostOptions): Effect.Effect<Hosts, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync((): Household => {
      const limits = { ...defaultLimits, ...options.limits }
      const modules = options.modules ?? []
      return { options, limits, spare: spareKeeper(modules, { cwd: options.cwd, limits }), remotes: new Set() }
    }),
    closeHousehold
  ).pipe(
    Effect.map((household) => ({
      open: (place, source) => open(household, place, source),
      spare: household.spare.pid
    }))
  )

/** One place alone. */
export const openHost = (
  place: Place,
  source: PluginSource,
  options: HostOptions
): Effect.Effect<Host, HostFault, Scope.Scope> =>
  Effect.flatMap(hosts(options), (household) => household.open(place, source))

const closeHousehold = ({ spare, remotes }: Household): Effect.Effect<void> =>
  Effect.promise(async () => {
    const all = [...remotes]
    for (const one of all) one.end("closed", closed)
    await Promise.all([spare.close(), ...all.map((one) => isGone(one.transport))])
  })

const closed = "was closed"

/** Not even SIGKILL ends a process that waits for a broken disk; nobody shall wait for it with us. */
const isGone = ({ gone }: Transport): Promise<boolean> => within(gone, 2000)

const open = (household: Household, place: Place, source: PluginSource): Effect.Effect<Host, HostFault, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const opening = begin(household, place, source)
        // Whoever is interrupted before he waits for it hears nothing of it.
        opening.loaded.catch(() => {})
        return opening
      },
      catch: (error) => unstarted(source, place, error)
    }),
    ({ close }) => Effect.promise(close)
  ).pipe(
    Effect.flatMap(({ loaded, close }) =>
      Effect.tryPromise({ try: () => loaded, catch: (error) => unstarted(source, place, error) }).pipe(
        // Whoever does not wait for it any more does not want it at the end of a longer scope.
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.promise(close)))
      )
    )
  )

const nameOf = (source: PluginSource): string => ("plugin" in source ? source.plugin.name : source.name)

const unstarted = (source: PluginSource, place: Place, error: unknown): HostFault => {
  if (error instanceof HostFault) return error
  const plugin = nameOf(source)
  const message = error instanceof Error ? error.message : String(error)
  return new HostFault({ kind: "load", plugin, place }, `plugin ${plugin} cannot be loaded: ${message}`, {
    cause: error
  })
}

const begin = (household: Household, place: Place, source: PluginSource): Opening => {
  if (place === "in_process") return beginHere(source, household)
  if ("plugin" in source) throw new TypeError(`only a module can run in a ${place}: an object cannot leave its process`)
  return beginThere(household, place, source)
}

const beginHere = (source: PluginSource, { options }: Household): Opening => {
  const end = Promise.withResolvers<HostFault>()
  let close = async (): Promise<void> => {}
  const load = async (): Promise<Host> => {
    const { plugin, isStarted, end: endCalls } = inProcess(await readSource(source))
    close = async () => {
      if (isStarted()) await stopped(plugin, options)
      const fault = new HostFault(
        { kind: "closed", plugin: plugin.name, place: "in_process" },
        `plugin ${plugin.name} ${closed}`
      )
      endCalls(fault)
      end.resolve(fault)
    }
    return {
      place: "in_process",
      pid: undefined,
      plugin,
      onStray: () => {},
      ended: failing(end.promise),
      kill: () => {}
    }
  }
  return { loaded: load(), close: () => close() }
}

const beginThere = (
  { options, limits, spare, remotes }: Household,
  place: "worker" | "child",
  { name, module }: Extract<PluginSource, { readonly module: string }>
): Opening => {
  const code = codeOf(module)
  const transport =
    place === "worker"
      ? startWorker({ cwd: options.cwd, limits })
      : (spare.take(code) ?? spawnChild([code.folder], { cwd: options.cwd, limits }))
  const one = remote(transport, { name, limits, log: options.log ?? (() => {}) })
  remotes.add(one)
  void transport.gone.then(() => remotes.delete(one))
  let stop = async (): Promise<void> => {}

  const load = async (): Promise<Host> => {
    const manifest = await one.load({ module: code.module, provided })
    if (place === "child") spare.prepare()
    const { plugin, isStarted } = farPlugin(manifest, one.call)
    stop = async () => {
      if (isStarted()) await stopped(plugin, options)
    }
    const kill = () => one.end("closed", closed)
    return { place, pid: transport.pid, plugin, onStray: one.onStray, ended: failing(one.ended), kill }
  }
  const close = async (): Promise<void> => {
    await stop()
    one.end("closed", closed)
    await isGone(transport)
  }
  return { loaded: load(), close }
}

/** A plugin that fails to stop is ended like any other. */
const stopped = ({ stop }: Host["plugin"], { stopWithin = 1000 }: HostOptions): Promise<unknown> =>
  within(Promise.resolve(stop?.()), stopWithin)

const failing = (ended: Promise<HostFault>): Effect.Effect<never, HostFault> =>
  Effect.flatMap(
    Effect.promise(() => ended),
    (fault) => Effect.fail(fault)
  )

/** Workers and children of one runtime, and a warm spare for the next child. */
import { within } from "../../plugins/ports/within.ts"
import { spawnChild } from "./child.ts"
import { provided } from "./entry-files.ts"
import { farExtensions, farPlugin } from "./far-plugin.ts"
import { defaultLimits, type Host, type HostOptions, type Limits, type PluginSource, type TrialPlace } from "./host.ts"
import { closed, failing, type Opening, stopped } from "./opening.ts"
import { type Code, codeOf } from "./plugin-folder.ts"
import { type Remote, remote } from "./remote.ts"
import { type SpareKeeper, spareKeeper } from "./spare.ts"
import { errorOf } from "./thrown.ts"
import type { Transport } from "./transport.ts"
import { trialLimits, trialPlace } from "./trial-place.ts"
import { startWorker } from "./worker.ts"

type Module = Extract<PluginSource, { readonly module: string }>

export interface FarPlaces {
  readonly open: (place: "worker" | "child", source: Module) => Opening
  readonly trial: (source: Module) => TrialPlace
  /** Process id of the warm spare, when it is ready. */
  readonly spare: () => number | undefined
  /** Ends all of them. */
  readonly close: () => Promise<void>
}

interface Household {
  readonly options: HostOptions
  readonly limits: Limits
  readonly spare: SpareKeeper
  /** Of trials, whose heap is smaller. */
  readonly trialSpare: SpareKeeper
  readonly trials: Set<Remote>
  readonly remotes: Set<Remote>
}

export const openFarPlaces = (options: HostOptions): FarPlaces => {
  const limits = { ...defaultLimits, ...options.limits }
  const { modules = [], packages = [], cwd } = options
  const spare = spareKeeper(modules, packages, { cwd, limits })
  const trialSpare = spareKeeper(modules, packages, { cwd, limits: trialLimits(limits) })
  const remotes = new Set<Remote>()
  const household = { options, limits, spare, trialSpare, trials: new Set<Remote>(), remotes }
  const close = async () => {
    const all = [...remotes]
    for (const one of all) one.end("closed", closed)
    await Promise.all([spare.close(), trialSpare.close(), ...all.map((one) => isGone(one.transport))])
  }
  return {
    open: (place, source) => open(household, place, source),
    trial: (source) => tryOut(household, source),
    spare: spare.pid,
    close
  }
}

const open = (
  { options, limits, spare, remotes }: Household,
  place: "worker" | "child",
  { name, module, sources, packages }: Module
): Opening => {
  const code = codeOf(module)
  const transport =
    place === "worker"
      ? startWorker({ cwd: options.cwd, limits })
      : (spare.take(code, packages) ?? spawnChild(readable(code, packages), { cwd: options.cwd, limits }))
  const one = remote(transport, { name, limits, log: options.log ?? (() => {}) })
  remotes.add(one)
  void transport.gone.then(() => remotes.delete(one))
  let stop = async (): Promise<void> => {}

  const load = async (): Promise<Host> => {
    const manifest = await one.load({
      module: code.module,
      root: code.root,
      provided,
      version: 0,
      ...(sources === undefined ? {} : { sources: Object.fromEntries(sources) }),
      ...(packages === undefined ? {} : { packages })
    })
    if (place === "child") spare.prepare()
    const { plugin, isStarted } = farPlugin(manifest, one.call)
    const inject: Host["inject"] = async (injection) => readInjected(await one.call({ op: "inject", injection }))
    stop = async () => {
      if (!isStarted()) return
      await stopped(plugin, options)
      // What it wrote before it answered has come through another pipe, and is read in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const kill = () => one.end("closed", closed)
    return {
      place,
      pid: transport.pid,
      plugin,
      manifest,
      extensions: farExtensions(manifest, one.call),
      failures: (manifest.failures ?? []).map(({ hook, error }) => ({ hook, error: errorOf(error) })),
      onStray: one.onStray,
      inject,
      ended: failing(one.ended),
      kill
    }
  }
  const close = async (): Promise<void> => {
    await stop()
    one.end("closed", closed)
    await isGone(transport)
  }
  return { loaded: load(), close }
}

const readable = ({ folder }: Code, packages: string | undefined): ReadonlyArray<string> =>
  packages === undefined ? [folder] : [folder, packages]

const readInjected = (value: unknown): Awaited<ReturnType<Host["inject"]>> =>
  value === "injected" || value === "present" ? value : "refused"

const tryOut = (
  { options: { cwd }, limits: all, trialSpare, trials, remotes }: Household,
  { name, module, packages }: Module
): TrialPlace => {
  const code = codeOf(module)
  const limits = trialLimits(all)
  const transport = trialSpare.take(code, packages) ?? spawnChild(readable(code, packages), { cwd, limits })
  // What it writes is nobody's to read.
  const one = remote(transport, { name, limits, log: () => {}, isLasting: true })
  remotes.add(one)
  trials.add(one)
  // One trial is seldom alone; after the last of them there may be none for hours.
  void transport.ready.then(trialSpare.prepare, () => {})
  void transport.gone.then(() => {
    remotes.delete(one)
    trials.delete(one)
    if (trials.size === 0) trialSpare.rest()
  })
  return trialPlace(one, transport, code, packages)
}

/** Not even SIGKILL ends a process that waits for a broken disk; nobody shall wait for it with us. */
const isGone = ({ gone }: Transport): Promise<boolean> => within(gone, 2000)

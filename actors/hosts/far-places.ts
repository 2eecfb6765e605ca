/** Workers and children of one runtime, and a warm spare for the next child. */
import { within } from "../../plugins/ports/within.ts"
import { spawnChild } from "./child.ts"
import { provided } from "./entry-files.ts"
import { farPlugin } from "./far-plugin.ts"
import { defaultLimits, type Host, type HostOptions, type Limits, type PluginSource } from "./host.ts"
import { closed, failing, type Opening, stopped } from "./opening.ts"
import { codeOf } from "./plugin-folder.ts"
import { type Remote, remote } from "./remote.ts"
import { type SpareKeeper, spareKeeper } from "./spare.ts"
import type { Transport } from "./transport.ts"
import { startWorker } from "./worker.ts"

type Module = Extract<PluginSource, { readonly module: string }>

export interface FarPlaces {
  readonly open: (place: "worker" | "child", source: Module) => Opening
  /** Process id of the warm spare, when it is ready. */
  readonly spare: () => number | undefined
  /** Ends all of them. */
  readonly close: () => Promise<void>
}

interface Household {
  readonly options: HostOptions
  readonly limits: Limits
  readonly spare: SpareKeeper
  readonly remotes: Set<Remote>
}

export const openFarPlaces = (options: HostOptions): FarPlaces => {
  const limits = { ...defaultLimits, ...options.limits }
  const spare = spareKeeper(options.modules ?? [], { cwd: options.cwd, limits })
  const remotes = new Set<Remote>()
  const household = { options, limits, spare, remotes }
  const close = async () => {
    const all = [...remotes]
    for (const one of all) one.end("closed", closed)
    await Promise.all([spare.close(), ...all.map((one) => isGone(one.transport))])
  }
  return { open: (place, source) => open(household, place, source), spare: spare.pid, close }
}

const open = (
  { options, limits, spare, remotes }: Household,
  place: "worker" | "child",
  { name, module }: Module
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

/** Not even SIGKILL ends a process that waits for a broken disk; nobody shall wait for it with us. */
const isGone = ({ gone }: Transport): Promise<boolean> => within(gone, 2000)

/** One run: a quiet time to compare with, faults at their rate, quiet again, and what was found at the end. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { createRuntime, type Runtime } from "../../actors/runtime.ts"
import { bundlePlugins } from "./bundle.ts"
import type { Call } from "./call.ts"
import { type Fault, type Plan, planOf } from "./faults.ts"
import { type Effects, effectsOf } from "./effects.ts"
import { descendants, footprint, type Footprint } from "./footprint.ts"
import { type Injector, makeInjector } from "./injector.ts"
import { maxRetries, Oracle } from "./oracle.ts"
import { pidOf, PluginWatch } from "./plugin-watch.ts"
import { nearPlugins } from "./plugins/near.ts"
import { probe } from "./probe.ts"
import { makeScript, type Script, usualLimit } from "./script.ts"
import { Complaints, Tally } from "./tally.ts"
import { openTransport } from "./transport.ts"
import { makeUser, type User } from "./user.ts"

export interface Options {
  readonly seed: number
  /** Of faults; the quiet times before and after come on top. */
  readonly seconds: number
  /** Faults a second. */
  readonly rate: number
  /** A line every few seconds. */
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

/** All that was seen, before anybody judges it. */
export interface Run {
  readonly plan: Plan
  readonly users: number
  /** Milliseconds in which faults came. */
  readonly elapsed: number
  /** In the quiet time before, and while faults came. */
  readonly quiet: Oracle
  readonly stormy: Oracle
  readonly injector: Injector
  readonly watch: PluginWatch
  readonly sessions: Tally
  readonly unlike: Complaints
  readonly effects: Effects
  readonly ledger: ReturnType<Runtime["health"]>["ledger"]
  readonly footprints: Readonly<Record<"before" | "warm" | "after" | "gone", Footprint>>
  readonly requests: number
  /** Milliseconds that the event loop of this process stood still at most. */
  readonly standstill: number
  /** Errors in this process that nobody caught. */
  readonly strays: Complaints
  /** What did not work again when all was over. */
  readonly unwell: ReadonlyArray<string>
  readonly tolls: Tolls
}

/** Calls made before the first fault that code without any protection does not survive. */
export interface Tolls {
  calls: number
  healthy: number
  /** As they were when it came; absent when none came. */
  dead?: { readonly calls: number; readonly healthy: number }
}

export const run = async (options: Options): Promise<Run> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-chaos-")))
  try {
    return await runIn(folder, options)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Sessions at a time: enough of them to meet the rate. */
const usersFor = (rate: number): number => Math.min(8, Math.max(3, Math.ceil(rate * 0.6)))

const runIn = async (folder: string, options: Options): Promise<Run> => {
  const { seed, seconds, rate, signal } = options
  const before = await footprint()
  const plan = planOf(seed, Math.ceil(seconds * rate) + 1)
  const parts = await assemble(folder, plan, options)
  const { runtime, transport, watch, injector, script, sessions, unlike, tolls } = parts
  const strays = new Complaints()
  const notice = (error: unknown) => strays.add(String(error))
  process.on("uncaughtException", notice).on("unhandledRejection", notice)
  const standing = monitorEventLoopDelay({ resolution: 10 })
  const [quiet, stormy] = [new Oracle(), new Oracle()]
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    injector.stop()
    watch.stop()
    await runtime.close()
    await transport.close()
  }
  const phase = (oracle: Oracle, milliseconds: number): Promise<unknown> => {
    const over = performance.now() + milliseconds
    const users = parts.users.map((_, at) => makeUser({ runtime, script, oracle, unlike, sessions }))
    parts.users = users
    return Promise.all(users.map((user) => user.work(() => signal.aborted || performance.now() > over)))
  }
  return { } as Run
}
